import { insertFact } from './facts.ts';
import { siblingsOf } from './fold-order.ts';
import { linkPatient, touchOrder } from './links.ts';
import type { OrderFact } from './order-view.ts';
import { addTo, linkEntry, type OrderEntity, orderEntity, scoped, studyEntity, type WorklistState } from './state.ts';

export function evolveOrder(state: WorklistState, event: OrderFact, affected: Set<string>): void {
  const order = orderEntity(state, event.key, event.site);
  if (!insertFact(order.facts, event)) return;
  nameNumbers(state, order, event);
  for (const one of [order, ...siblingsOf(state, order)]) {
    one.view = null;
    affected.add(one.expectedId);
  }
  nameStudy(state, order, event);
  if (event.type !== 'order.cancelled' && event.data.patient?.id) linkPatient(state, event.data.patient, { order });
  touchOrder(state, order, affected);
}

function nameNumbers(state: WorklistState, order: OrderEntity, { data }: OrderFact): void {
  const { filler, placer } = data.orderNumber;
  order.filler ??= filler;
  if (placer !== null && order.placer === null) {
    order.placer = placer;
    addTo(state.byPlacer, scoped(order.site, placer), order.key);
  }
  for (const number of data.accessionNumbers) {
    if (number === '' || order.accessionNumbers.has(number)) continue;
    order.accessionNumbers.add(number);
    linkEntry(state, order.site, number).orders.add(order.key);
  }
}

function nameStudy(state: WorklistState, order: OrderEntity, event: OrderFact): void {
  const uid = event.type === 'order.cancelled' ? null : event.data.studyInstanceUid;
  if (uid === null) return;
  const id = studyIdOf(state, order.site, uid);
  if (order.named.has(id)) return;
  studyEntity(state, id, order.site, uid);
  order.named.add(id);
  addTo(state.namedBy, id, order.key);
}

/** Known studies are found without hashing: most orders come for a UID that is known or will be soon. */
function studyIdOf(state: WorklistState, site: string, uid: string): string {
  for (const id of state.byUid.get(uid) ?? []) if (state.studies.get(id)?.site === site) return id;
  return state.keys.study(site, uid);
}
