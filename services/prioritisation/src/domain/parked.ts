import { touchPatient } from './evolve-patients.ts';
import { touchOrder } from './links.ts';
import type { OrderEntity, ParkedMark, StudyEntity, WorklistState } from './state.ts';
import { orderEntity, studyEntity } from './state.ts';

/** Topics whose key is the study. */
const byStudy = new Set(['imaging', 'evidence', 'results', 'reading']);

/** A message of this key can never be read: whatever it belongs to is shown as unprocessed, even if nothing else is known of it. */
export function markParked(state: WorklistState, mark: ParkedMark, affected: Set<string>): void {
  state.parked.set(`${mark.topic}:${mark.key}`, mark);
  touchParked(state, mark, affected);
}

/** The message was handled after all, or given up on by a person. */
export function unmarkParked(state: WorklistState, topic: string, key: string, affected: Set<string>): void {
  const mark = state.parked.get(`${topic}:${key}`);
  if (mark === undefined) return;
  state.parked.delete(`${topic}:${key}`);
  touchParked(state, mark, affected);
}

function touchParked(state: WorklistState, { topic, key, site, uid }: ParkedMark, affected: Set<string>): void {
  if (byStudy.has(topic)) {
    if (site !== null) studyEntity(state, key, site, uid);
    affected.add(key);
  } else if (topic === 'orders') {
    if (site !== null) orderEntity(state, key, site);
    touchOrder(state, state.orders.get(key), affected);
  } else if (topic === 'patients') {
    touchPatient(state, state.patients.get(state.byPatientKey.get(key) ?? ''), affected);
  }
}

export function parkedMark(state: WorklistState, study: StudyEntity): ParkedMark | null {
  if (state.parked.size === 0) return null;
  for (const topic of byStudy) {
    const mark = state.parked.get(`${topic}:${study.id}`);
    if (mark) return mark;
  }
  return null;
}

/** Whether anything that a row is made of has a message that could not be read. */
export function isUnprocessed(
  state: WorklistState,
  study: StudyEntity | null,
  orders: readonly OrderEntity[],
  patientKeys: Iterable<string>,
): boolean {
  if (state.parked.size === 0) return false;
  if (study !== null && parkedMark(state, study) !== null) return true;
  if (orders.some(({ key }) => state.parked.has(`orders:${key}`))) return true;
  for (const key of patientKeys) if (state.parked.has(`patients:${key}`)) return true;
  return false;
}
