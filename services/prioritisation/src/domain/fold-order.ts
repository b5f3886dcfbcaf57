import { tellsOf } from '@voorrang/contracts';
import { compareFacts, type Fact, laterOf } from './facts.ts';
import type { IssuedReport, OrderFact, OrderView, StatedVisit } from './order-view.ts';
import { type OrderEntity, scoped, type WorklistState } from './state.ts';

/** Folded view of an order, kept until one of its facts changes. */
export function orderView(state: WorklistState, order: OrderEntity): OrderView {
  order.view ??= fold(state, order);
  return order.view;
}

/** Orders that name the same placer number; which of them tell of each other, `tellsOf` decides. */
export function siblingsOf(state: WorklistState, order: OrderEntity): readonly OrderEntity[] {
  if (order.placer === null) return [];
  return [...(state.byPlacer.get(scoped(order.site, order.placer)) ?? [])]
    .filter((key) => key !== order.key)
    .flatMap((key) => state.orders.get(key) ?? []);
}

function fold(state: WorklistState, order: OrderEntity): OrderView {
  const siblings = siblingsOf(state, order);
  const byPlacerAlone = siblings.filter((other) => tellsOf(other, order));
  const facts =
    byPlacerAlone.length === 0
      ? order.facts
      : [...order.facts, ...byPlacerAlone.flatMap((other) => other.facts)].sort(compareFacts);
  return { ...viewOf(facts), absorbed: siblings.some((other) => tellsOf(order, other)) };
}

type Fields = { -readonly [K in keyof OrderView]: OrderView[K] };

/** Folds facts that are sorted by stamp, so a plain assignment is the last writer. */
function viewOf(facts: readonly OrderFact[]): Fields {
  const view: Fields = {
    known: false,
    absorbed: false,
    filler: null,
    placer: null,
    accessionNumbers: [],
    studyInstanceUid: null,
    patient: null,
    visitNumber: null,
    visits: [],
    procedureCode: null,
    procedure: null,
    modality: null,
    bodyPart: null,
    indication: null,
    priority: null,
    strokeCode: false,
    status: null,
    requestedAt: null,
    cancelledAt: null,
    firstAt: null,
    lastAt: null,
    reports: [],
    facts,
  };
  const visits: StatedVisit[] = [];
  const reports: IssuedReport[] = [];
  const placed = new Set<string>();
  for (const fact of facts) {
    const { orderNumber, accessionNumbers } = fact.data;
    view.filler = orderNumber.filler ?? view.filler;
    view.placer = orderNumber.placer ?? view.placer;
    if (accessionNumbers.length > 0) view.accessionNumbers = accessionNumbers;
    view.firstAt ??= fact.stamp;
    if (fact.type === 'report.issued') {
      const { status, studyInstanceUid } = fact.data;
      reports.push({ stamp: fact.stamp, status, studyInstanceUid, accessionNumbers });
      continue;
    }
    view.lastAt = fact.stamp;
    if (fact.type === 'order.cancelled') view.cancelledAt ??= fact.stamp;
    else tellOrder(view, visits, fact);
    if (fact.type !== 'order.placed') continue;
    // Placed, cancelled and placed once more is open again; a first placing that only came after its cancellation is not.
    if (placed.has(fact.key)) view.cancelledAt = null;
    placed.add(fact.key);
  }
  return { ...view, visits, reports };
}

function tellOrder(view: Fields, visits: StatedVisit[], fact: Fact<'order.placed' | 'order.changed'>): void {
  const { data, stamp } = fact;
  view.known = true;
  view.studyInstanceUid = data.studyInstanceUid ?? view.studyInstanceUid;
  if (data.patient?.id) view.patient = { value: data.patient, stamp };
  if (data.visit) {
    view.visitNumber = data.visit.number ?? view.visitNumber;
    visits.push({ stamp, patientClass: data.visit.patientClass, location: data.visit.location });
  }
  view.procedureCode = data.procedure?.code ?? view.procedureCode;
  view.procedure = data.procedure?.text ?? view.procedure;
  view.modality = data.modality ?? view.modality;
  view.bodyPart = data.bodyPart ?? view.bodyPart;
  view.indication = data.indication ?? view.indication;
  view.priority = data.priority ?? view.priority;
  view.strokeCode = data.strokeCode ?? view.strokeCode;
  view.status = data.status ?? view.status;
  view.requestedAt = laterOf(view.requestedAt, data.requestedAt, stamp);
}
