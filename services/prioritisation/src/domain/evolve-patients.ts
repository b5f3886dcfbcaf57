import { insertFact } from './facts.ts';
import { applyMerges, mergeComponent } from './identity.ts';
import { touchOrder } from './links.ts';
import { type PatientEntity, patientEntity, pidOf, type WorklistState } from './state.ts';

type PatientFact = PatientEntity['facts'][number];

export function evolvePatient(state: WorklistState, event: PatientFact, affected: Set<string>): void {
  const merges = event.type === 'patient.merged' || event.type === 'patient.unmerged';
  const pid = pidOf(merges ? event.data.survivor : event.data.patient);
  const patient = patientEntity(state, pid);
  patient.keys.add(event.key);
  state.byPatientKey.set(event.key, pid);
  if (!insertFact(patient.facts, event)) return;
  if (merges) merge(state, patient, event);
  for (const member of mergeComponent(state, pid)) touchPatient(state, state.patients.get(member), affected);
}

function merge(
  state: WorklistState,
  survivor: PatientEntity,
  event: Extract<PatientFact, { type: 'patient.merged' | 'patient.unmerged' }>,
): void {
  const prior = patientEntity(state, pidOf(event.data.prior));
  prior.neighbours.add(survivor.pid);
  survivor.neighbours.add(prior.pid);
  applyMerges(state, survivor.pid);
}

/** Everything that shows the patient. */
export function touchPatient(state: WorklistState, patient: PatientEntity | undefined, affected: Set<string>): void {
  if (patient === undefined) return;
  for (const id of patient.studies) affected.add(id);
  for (const key of patient.orders) touchOrder(state, state.orders.get(key), affected);
}
