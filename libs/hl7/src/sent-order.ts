import type { Hl7Header } from './header.ts';

/** What a message says of its place in the stream of its sender: MSH-13 (`null` where it is not used) and MSH-7 as sent. */
export type SentPlace = { readonly sequence: number | null; readonly time: string };

/**
 * `sequence-gap`: messages are missing before this one. `sequence-back`: an earlier number comes after a later one. `time-back`: an earlier MSH-7 comes after
 * a later one. None is a reason to refuse: what is there is read, and facts are ordered by our own stamps.
 */
export type OutOfOrder = 'sequence-gap' | 'sequence-back' | 'time-back';

export const sentPlaceOf = (header: Hl7Header): SentPlace => {
  const sequence = header.raw(13).trim();
  return { sequence: /^\d{1,15}$/.test(sequence) ? Number(sequence) : null, time: header.raw(7).trim() };
};

/**
 * What is out of order between two messages of one sender. The same number again is a repetition, and 0 (also -1, which reads as none) begins anew
 * (sequence number protocol, HL7 v2.5.1 §2.10.1). Times are compared only where both are written alike, to the same precision and offset.
 */
export function outOfOrder(before: SentPlace, now: SentPlace): readonly OutOfOrder[] {
  const found: OutOfOrder[] = [];
  if (before.sequence !== null && now.sequence !== null && now.sequence !== 0) {
    if (now.sequence > before.sequence + 1) found.push('sequence-gap');
    if (now.sequence < before.sequence) found.push('sequence-back');
  }
  const [earlier, later] = [timeParts(before.time), timeParts(now.time)];
  const isAlike = earlier?.digits.length === later?.digits.length && earlier?.offset === later?.offset;
  if (earlier !== null && later !== null && isAlike && later.digits < earlier.digits) found.push('time-back');
  return found;
}

function timeParts(time: string): { readonly digits: string; readonly offset: string } | null {
  const [, digits, offset = ''] = /^(\d{8,14}(?:\.\d{1,4})?)([+-]\d{4})?(?:\^.*)?$/.exec(time) ?? [];
  return digits === undefined ? null : { digits, offset };
}
