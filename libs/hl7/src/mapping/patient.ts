import type { Patient } from '@voorrang/contracts';
import type { Hl7Segment } from '../message.ts';
import { defaultDroppedIdTypes, type MappingSettings } from './settings.ts';
import { textOrNull } from './text.ts';
import { dateOf } from './timestamp.ts';

export type PatientId = { readonly id: string; readonly authority: string };

/**
 * Patient ids of a CX field, the best first: those of the sender's own authority, then medical record numbers, then the rest in the order sent.
 * National numbers are dropped. CX-4 is the authority (its namespace, else its universal id), else the sender's default.
 */
export function patientIds(segment: Hl7Segment, field: number, settings: MappingSettings): readonly PatientId[] {
  const dropped = settings.droppedIdTypes ?? defaultDroppedIdTypes;
  const found: { readonly id: string; readonly authority: string; readonly score: number }[] = [];
  for (let repetition = 0; repetition < segment.repetitionCount(field); repetition += 1) {
    const id = textOrNull(segment.text(field, 1, 1, repetition));
    const type = segment.text(field, 5, 1, repetition).trim().toUpperCase();
    if (id === null || dropped.includes(type)) continue;
    const named =
      textOrNull(segment.text(field, 4, 1, repetition)) ?? textOrNull(segment.text(field, 4, 2, repetition));
    const authority = named ?? settings.authority;
    const isOwn = authority === settings.authority;
    found.push({ id, authority, score: (isOwn ? 0 : 2) + (['MR', 'PI', 'PT', ''].includes(type) ? 0 : 1) });
  }
  return found.toSorted((a, b) => a.score - b.score).map(({ id, authority }) => ({ id, authority }));
}

/** The patient of a PID segment; `null` when it holds no usable id. PID-2 is read only when PID-3 is empty, as before v2.3. */
export function patientOf(pid: Hl7Segment | undefined, settings: MappingSettings): Patient | null {
  if (pid === undefined) return null;
  const [chosen] = [
    ...patientIds(pid, 3, settings),
    ...(pid.repetitionCount(3) === 0 ? patientIds(pid, 2, settings) : []),
  ];
  if (chosen === undefined) return null;
  return { ...chosen, name: nameOf(pid, 5), birthDate: dateOf(pid.text(7)), sex: sexOf(pid.text(8)) };
}

/**
 * "Family, Given Second" of an XPN field: the legal name (type L), else one without a type, else the first. The family name is FN-1; where FN-1 leaves
 * out the prefix that FN-2 gives (Dutch *van der*), the prefix is put before it; where FN-1 is empty it is built from own and partner's name.
 */
export function nameOf(segment: Hl7Segment, field: number): string | null {
  const repetition = nameRepetition(segment, field);
  const part = (component: number, subcomponent = 1): string =>
    segment.text(field, component, subcomponent, repetition).trim();
  const given = [part(2), part(3)].filter((text) => text !== '').join(' ');
  return textOrNull([familyOf(part), given].filter((text) => text !== '').join(', '));
}

function familyOf(part: (component: number, subcomponent?: number) => string): string {
  const [whole, ownPrefix, own, partnerPrefix, partner] = [1, 2, 3, 4, 5].map((n) => part(1, n)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (whole !== '') return ownPrefix !== '' && whole === own ? `${ownPrefix} ${whole}` : whole;
  const joined = [
    [partnerPrefix, partner],
    [ownPrefix, own],
  ];
  return joined
    .map((words) => words.filter((word) => word !== '').join(' '))
    .filter((name) => name !== '')
    .join('-');
}

function nameRepetition(segment: Hl7Segment, field: number): number {
  const types = Array.from({ length: segment.repetitionCount(field) }, (_, index) => segment.text(field, 7, 1, index));
  const legal = types.indexOf('L');
  if (legal >= 0) return legal;
  return Math.max(0, types.indexOf(''));
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
