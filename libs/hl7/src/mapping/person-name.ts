import type { Hl7Segment } from '../message.ts';
import { textOrNull } from './text.ts';

/** Kinds of name (table 0200), the best for recognising somebody first: legal, not said, display, unspecified, adopted, partner's, at birth, maiden. */
const typesByWorth = ['L', '', 'D', 'U', 'C', 'P', 'B', 'M'];

/**
 * "Family, Given Second" of an XPN field: its legal name, else the next best repetition that holds a name. The family name is FN-1; a surname prefix (Dutch
 * *van der*) that FN-1 leaves out is put before the surname it belongs to; where FN-1 is empty it is built from partner's and own name (FN-2 to FN-5).
 */
export function nameOf(segment: Hl7Segment, field: number): string | null {
  const count = segment.repetitionCount(field);
  const names: { readonly name: string; readonly worth: number }[] = [];
  for (let repetition = 0; repetition < count; repetition += 1) {
    const name = nameAt(segment, field, repetition);
    if (name === null) continue;
    const type = typesByWorth.indexOf(segment.text(field, 7, 1, repetition).trim().toUpperCase());
    names.push({ name, worth: type < 0 ? typesByWorth.length : type });
  }
  return names.toSorted((a, b) => a.worth - b.worth)[0]?.name ?? null;
}

type Part = (component: number, subcomponent?: number) => string;

function nameAt(segment: Hl7Segment, field: number, repetition: number): string | null {
  const part: Part = (component, subcomponent = 1) => segment.text(field, component, subcomponent, repetition).trim();
  return textOrNull(joined([familyOf(part), joined([part(2), part(3)], ' ')], ', '));
}

function familyOf(part: Part): string {
  const [whole, ownPrefix, own, partnerPrefix, partner] = [part(1, 1), part(1, 2), part(1, 3), part(1, 4), part(1, 5)];
  const withPrefixes = { own: joined([ownPrefix, own], ' '), partner: joined([partnerPrefix, partner], ' ') };
  if (whole === '') return joined([withPrefixes.partner, withPrefixes.own], '-');
  return prefixed(prefixed(whole, ownPrefix, own), partnerPrefix, partner);
}

/** The prefix before its surname, where the text holds the surname as a name of its own and not the prefix already. */
function prefixed(text: string, prefix: string, surname: string): string {
  if (prefix === '') return text;
  const [lower, wanted] = [text.toLowerCase(), surname.toLowerCase()];
  // "Berg&van der": the surname that the prefix belongs to is the text itself.
  if (surname === '') return lower.startsWith(`${prefix.toLowerCase()} `) ? text : `${prefix} ${text}`;
  if (lower.includes(joined([prefix.toLowerCase(), wanted], ' '))) return text;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    const [before, after] = [text[at - 1] ?? '-', text[at + surname.length] ?? '-'];
    if (/[\s-]/.test(before) && /[\s-]/.test(after)) return `${text.slice(0, at)}${prefix} ${text.slice(at)}`;
  }
  return text;
}

const joined = (texts: readonly string[], by: string): string => texts.filter((text) => text !== '').join(by);
