import type { EventData, PatientClass } from '@voorrang/contracts';
import type { Hl7Segment } from '../message.ts';
import { textOrNull } from './text.ts';

type Visit = EventData<'visit.changed'>['visit'];

/** Table 0004. Recurring patients come as out-patients, obstetrics lie in; what is not known here is `other`. */
const patientClasses: Readonly<Record<string, PatientClass>> = {
  E: 'emergency',
  I: 'inpatient',
  B: 'inpatient',
  O: 'outpatient',
  R: 'outpatient',
  P: 'preadmit',
};

/** PV1-2, PV1-3.1 (point of care), PV1-19; `null` when the segment is missing or says none of them. */
export function visitOf(pv1: Hl7Segment | undefined): Visit | null {
  if (pv1 === undefined) return null;
  const code = pv1.text(2).trim().toUpperCase();
  const visit = {
    number: textOrNull(pv1.text(19)),
    patientClass: code === '' ? null : (patientClasses[code] ?? 'other'),
    location: textOrNull(pv1.text(3)),
  };
  return visit.number === null && visit.patientClass === null && visit.location === null ? null : visit;
}
