import type { Patient } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Hl7Segment } from '../message.ts';
import { nameOf } from './person-name.ts';
import { type MappingSettings, ownCode } from './settings.ts';
import { textOrNull } from './text.ts';
import { dateOf } from './timestamp.ts';

export type PatientId = { readonly id: string; readonly authority: string };

/** National numbers of table 0203: NN with a country (Dutch BSN `NNNLD`, Belgian INSZ `NNBEL`), `NI`, US social security; French `INS` and its kinds. */
const isNational = (type: string): boolean => /^(NN[A-Z]{3}|NI|SS|INS(-(C|NIA|NIR))?)$/.test(type);

const medicalRecord: ReadonlySet<string> = new Set(['MR', 'PI', 'PT', '']);

/**
 * Patient ids of a CX field, the best first: those of the sender's own authority, then medical record numbers, then the rest in the order sent.
 * National numbers, types that the sender drops and authorities that it does not keep are left out.
 */
export function patientIds(segment: Hl7Segment, field: number, settings: MappingSettings): readonly PatientId[] {
  const found: { readonly id: string; readonly authority: string; readonly worth: number }[] = [];
  for (let repetition = 0; repetition < segment.repetitionCount(field); repetition += 1) {
    const id = textOrNull(segment.text(field, 1, 1, repetition));
    const type = segment.text(field, 5, 1, repetition).trim().toUpperCase();
    if (id === null || isDropped(type, settings)) continue;
    const authority = authorityOf(segment, field, repetition, settings);
    if (settings.keepAuthorities?.includes(authority) === false) continue;
    const isOwn = authority === settings.authority;
    found.push({ id, authority, worth: (isOwn ? 0 : 2) + (medicalRecord.has(type) ? 0 : 1) });
  }
  return found.toSorted((a, b) => a.worth - b.worth).map(({ id, authority }) => ({ id, authority }));
}

const isDropped = (type: string, { dropIdentifierTypes }: MappingSettings): boolean =>
  dropIdentifierTypes === undefined
    ? isNational(type)
    : dropIdentifierTypes.some((dropped) => dropped.toUpperCase() === type);

/** CX-4: what the sender's settings call its namespace or its universal id, else the namespace, else the universal id, else the sender's authority. */
function authorityOf(segment: Hl7Segment, field: number, repetition: number, settings: MappingSettings): string {
  const namespace = textOrNull(segment.text(field, 4, 1, repetition));
  const universal = textOrNull(segment.text(field, 4, 2, repetition));
  const aliases = settings.codes?.authority;
  return (
    ownCode(aliases, namespace ?? '') ??
    ownCode(aliases, universal ?? '') ??
    namespace ??
    universal ??
    settings.authority
  );
}

/** All usable ids of a PID segment. PID-2 and PID-4 are read only when PID-3 is empty, as before v2.3. */
export function idsOf(pid: Hl7Segment, settings: MappingSettings): readonly PatientId[] {
  if (pid.repetitionCount(3) > 0) return patientIds(pid, 3, settings);
  return [...patientIds(pid, 2, settings), ...patientIds(pid, 4, settings)];
}

/** The patient of a PID segment; `null` when it holds no usable id. */
export function patientOf(pid: Hl7Segment | undefined, settings: MappingSettings): Patient | null {
  const [chosen] = pid === undefined ? [] : idsOf(pid, settings);
  return pid === undefined || chosen === undefined ? null : patientWith(pid, chosen, settings);
}

/** As `patientOf`, and reads each segment once, however many orders stand under it. */
export function patientReader(settings: MappingSettings): (pid: Hl7Segment | undefined) => Patient | null {
  const known = new Map<Hl7Segment | undefined, Patient | null>();
  return (pid) => {
    const patient = known.get(pid);
    if (patient !== undefined) return patient;
    const read = patientOf(pid, settings);
    known.set(pid, read);
    return read;
  };
}

/** The person of a PID segment under one of its ids. */
export const patientWith = (pid: Hl7Segment, { id, authority }: PatientId, settings: MappingSettings): Patient => ({
  id,
  authority,
  name: nameOf(pid, 5),
  birthDate: birthDateOf(pid.text(7), settings.receivedAt),
  sex: sexOf(pid.text(8)),
});

const longestLifeMs = 150 * 365.25 * 86_400_000;
const dayMs = 86_400_000;

/** A day on which somebody who lives now can be born: a date of the 11th century or of next year is a mistake, and an age made of it would be one too. */
function birthDateOf(text: string, receivedAt: EpochMs): string | null {
  const date = dateOf(text);
  if (date === null) return null;
  const ageMs = receivedAt - Date.parse(date);
  return ageMs > longestLifeMs || ageMs < -dayMs ? null : date;
}

/** Table 0001: ambiguous reads as other, not applicable as unknown. */
function sexOf(code: string): Patient['sex'] {
  switch (code.trim().toUpperCase()) {
    case 'M':
      return 'M';
    case 'F':
      return 'F';
    case 'O':
    case 'A':
      return 'O';
    case 'U':
    case 'N':
      return 'U';
    default:
      return null;
  }
}
