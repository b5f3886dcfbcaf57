import { orderView, siblingsOf } from './fold-order.ts';
import { firstMade, stepAccessionNumbers } from './procedure-steps.ts';
import { liveRuns } from './runs.ts';
import {
  type LinkEntry,
  linkEntry,
  type OrderEntity,
  patientEntity,
  pidOf,
  type StudyEntity,
  scoped,
  type WorklistState,
} from './state.ts';

/** Notes accession numbers of a study. `true` when one is new for it. */
export function nameAccession(state: WorklistState, study: StudyEntity, numbers: readonly string[]): boolean {
  let added = false;
  for (const number of numbers) {
    if (number === '' || study.accessionNumbers.has(number)) continue;
    study.accessionNumbers.add(number);
    linkEntry(state, study.site, number).studies.add(study.id);
    added = true;
  }
  return added;
}

export function linkPatient(
  state: WorklistState,
  patient: { readonly authority: string; readonly id: string },
  to: { readonly study?: string; readonly order?: OrderEntity },
): void {
  const entity = patientEntity(state, pidOf(patient));
  if (to.study !== undefined) entity.studies.add(to.study);
  if (to.order !== undefined) {
    entity.orders.add(to.order.key);
    to.order.patients.add(entity.pid);
  }
}

const nothing: LinkEntry = { studies: new Set(), orders: new Set() };
const linked = (state: WorklistState, site: string, accessionNumber: string): LinkEntry =>
  state.byAccession.get(scoped(site, accessionNumber)) ?? nothing;

/** Orders that may belong to the study by anything ever said. */
function candidates(state: WorklistState, study: StudyEntity): Set<string> {
  const keys = new Set(state.namedBy.get(study.id));
  const numbers = new Set(study.accessionNumbers);
  for (const key of keys) for (const number of state.orders.get(key)?.accessionNumbers ?? []) numbers.add(number);
  for (const number of numbers) for (const key of linked(state, study.site, number).orders) keys.add(key);
  return keys;
}

/** When a study begins or gains a link: rows of orders that waited for it give way, and its twin at another site shows the conflict. */
export function touchLinked(state: WorklistState, study: StudyEntity, affected: Set<string>): void {
  for (const key of candidates(state, study)) touchOrder(state, state.orders.get(key), affected);
  if (study.uid === null) return;
  for (const id of state.byUid.get(study.uid) ?? []) affected.add(id);
}

/** Studies that may belong to the order, the row that stands for it, and those of orders with the same accession number. */
export function touchOrder(state: WorklistState, order: OrderEntity | undefined, affected: Set<string>): void {
  if (order === undefined) return;
  for (const one of [order, ...siblingsOf(state, order)]) {
    affected.add(one.expectedId);
    for (const number of one.accessionNumbers)
      for (const key of linked(state, one.site, number).orders) {
        const other = state.orders.get(key);
        if (other) affected.add(other.expectedId);
      }
  }
  for (const id of studiesOf(state, order)) affected.add(id);
}

/** Ids of studies that may belong to the order, also through another order that shares an accession number and names a study. */
export function studiesOf(state: WorklistState, order: OrderEntity): Set<string> {
  const ids = new Set<string>();
  for (const one of [order, ...siblingsOf(state, order)]) {
    for (const id of one.named) ids.add(id);
    for (const number of one.accessionNumbers) {
      const entry = linked(state, one.site, number);
      for (const id of entry.studies) ids.add(id);
      for (const key of entry.orders) for (const id of state.orders.get(key)?.named ?? []) ids.add(id);
    }
  }
  return ids;
}

/**
 * Accession numbers that hold for a study by its own facts: those of its images and those of its procedure steps, which name all that the exam answers where an image
 * may name one. What a detector said counts only while none of these is known: they know better.
 */
export function ownAccessionNumbers(study: StudyEntity): Set<string> {
  const numbers = new Set<string>();
  for (const series of study.series.values())
    for (const number of series.accessionNumbers?.value ?? []) if (number !== '') numbers.add(number);
  for (const number of stepAccessionNumbers(study)) if (number !== '') numbers.add(number);
  if (study.series.size > 0 || firstMade(study) !== null) return numbers;
  for (const { run } of liveRuns(study)) if (run.accessionNumber) numbers.add(run.accessionNumber);
  return numbers;
}

/**
 * Orders and reports that belong to a study now: those that name it, and those that share an accession number with it at its site.
 * A report under an order number that nobody placed is among them (`view.known` is false).
 */
export function linkedOrders(state: WorklistState, study: StudyEntity): readonly OrderEntity[] {
  const keys = state.namedBy.get(study.id);
  if (study.accessionNumbers.size === 0 && keys === undefined) return [];
  const found = new Set<OrderEntity>();
  const numbers = ownAccessionNumbers(study);
  for (const key of keys ?? []) {
    const order = state.orders.get(key);
    if (!order || !namesNow(state, order, study)) continue;
    found.add(order);
    for (const number of orderView(state, order).accessionNumbers) numbers.add(number);
  }
  for (const number of numbers)
    for (const key of linked(state, study.site, number).orders) {
      const order = state.orders.get(key);
      if (order && orderView(state, order).accessionNumbers.includes(number)) found.add(order);
    }
  return [...found].filter((order) => !orderView(state, order).absorbed).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function namesNow(state: WorklistState, order: OrderEntity, study: StudyEntity): boolean {
  const view = orderView(state, order);
  if (view.studyInstanceUid !== null && view.studyInstanceUid === study.uid) return true;
  return view.reports.some((report) => report.studyInstanceUid !== null && report.studyInstanceUid === study.uid);
}
