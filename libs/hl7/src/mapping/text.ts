import { maxTextLength } from '@voorrang/contracts';
import type { Hl7Segment } from '../message.ts';

/** Trimmed and cut to the contract's length; `null` when nothing is left: the message did not say. */
export function textOrNull(text: string | undefined): string | null {
  const trimmed = (text ?? '').trim();
  if (trimmed === '') return null;
  if (trimmed.length <= maxTextLength) return trimmed;
  const cut = trimmed.slice(0, maxTextLength);
  // Never leaves half a surrogate pair.
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Text of a coded field: second component, else the first; all repetitions, joined. */
export function codedText(segment: Hl7Segment | undefined, field: number): string | null {
  if (segment === undefined) return null;
  const texts: string[] = [];
  for (let repetition = 0; repetition < segment.repetitionCount(field); repetition += 1) {
    const text =
      textOrNull(segment.wholeComponent(field, 2, repetition)) ??
      textOrNull(segment.wholeComponent(field, 1, repetition));
    if (text !== null && !texts.includes(text)) texts.push(text);
  }
  return textOrNull(texts.join('; '));
}

/** DICOM UID of at most 64 characters, else `null`. */
export function uidOrNull(text: string | undefined): string | null {
  const uid = (text ?? '').trim();
  return uid.length <= 64 && /^[0-9]+(\.[0-9]+)*$/.test(uid) ? uid : null;
}
