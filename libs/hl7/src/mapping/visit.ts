import type { EventData, PatientClass } from '@voorrang/contracts';
import { fieldPath, firstText, type ReadFields } from './read-fields.ts';
import { type MappingSettings, ownCode } from './settings.ts';

type Visit = EventData<'visit.changed'>['visit'];

/** Table 0004. Recurring patients come as out-patients, obstetrics lie in; what is not known here is `other`. */
const patientClasses: Readonly<Record<string, PatientClass | null>> = {
  E: 'emergency',
  I: 'inpatient',
  B: 'inpatient',
  O: 'outpatient',
  R: 'outpatient',
  P: 'preadmit',
  // Not applicable and unknown: nothing is said.
  N: null,
  U: null,
};

const defaults = {
  visitNumber: [fieldPath('PV1', 19)],
  patientClass: [fieldPath('PV1', 2)],
  location: [fieldPath('PV1', 3)],
};

/** PV1-2, PV1-3.1 (point of care), PV1-19, or where the sender has them; `null` when none of them says anything. */
export function visitOf(read: ReadFields, { fields, codes }: MappingSettings): Visit | null {
  const code = firstText(read, fields?.patientClass ?? defaults.patientClass)?.toUpperCase() ?? '';
  const byTable = code === '' ? null : (patientClasses[code] ?? (code in patientClasses ? null : 'other'));
  const visit = {
    number: firstText(read, fields?.visitNumber ?? defaults.visitNumber),
    patientClass: ownCode(codes?.patientClass, code) ?? byTable,
    location: firstText(read, fields?.location ?? defaults.location),
  };
  return visit.number === null && visit.patientClass === null && visit.location === null ? null : visit;
}
