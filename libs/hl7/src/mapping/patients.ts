import { err, ok, type Result } from '@voorrang/kernel';
import type { Hl7Message } from '../message.ts';
import { type Hl7Problem, problem } from '../problem.ts';
import { type MappedEvent, mappedEvent } from './event.ts';
import { patientOf } from './patient.ts';
import { fieldsOfMessage } from './read-fields.ts';
import type { MappingSettings } from './settings.ts';
import { visitOf } from './visit.ts';

export const patientMissing = (occurrence: number): Hl7Problem =>
  problem(101, { segment: 'PID', occurrence, field: 3 }, 'a usable patient id is needed');

/** The stay is over: discharged, or it never was. */
const ending = ['A03', 'A11', 'A38'];
/** The stay never was: its class and location say nothing of the patient. */
const cancelling = ['A11', 'A38'];
/** About a person, whatever PV1 comes along (HL7 v2.5.1 §3.3.28, §3.3.31). */
const ofPersons = ['A28', 'A31'];

/** ADT on registration, stay and person: who the patient is and, where PV1 says anything, where. */
export function mapAdmission(
  message: Hl7Message,
  settings: MappingSettings,
): Result<readonly MappedEvent[], readonly Hl7Problem[]> {
  const patient = patientOf(message.first('PID'), settings);
  if (patient === null) return err([patientMissing(1)]);
  const key = settings.keys.patient(patient.authority, patient.id);
  const updated = mappedEvent('patient.updated', key, { patient }, settings);
  const { triggerEvent } = message.header;
  const told = ofPersons.includes(triggerEvent) ? null : visitOf(fieldsOfMessage(message), settings);
  const visit =
    told !== null && cancelling.includes(triggerEvent) ? { ...told, patientClass: null, location: null } : told;
  if (visit === null || (cancelling.includes(triggerEvent) && visit.number === null)) return ok([updated]);
  const { id, authority } = patient;
  const discharged = ending.includes(triggerEvent);
  return ok([updated, mappedEvent('visit.changed', key, { patient: { id, authority }, visit, discharged }, settings)]);
}
