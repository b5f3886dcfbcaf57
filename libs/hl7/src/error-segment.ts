import { escapeText } from './escape.ts';
import type { Delimiters } from './header.ts';
import { errorConditions, type Hl7Location, type Hl7Problem } from './problem.ts';

/**
 * ERR of an answer, by the release of the message (the number after `2.`). From v2.5 on one segment per problem: ERR-2 place, ERR-3 condition (table 0357),
 * ERR-4 severity, ERR-8 text. Before that one segment with all errors as repetitions of ERR-1, and none for a warning, which it could not be told from.
 */
export function errorSegments(
  problems: readonly Hl7Problem[],
  release: number,
  delimiters: Delimiters,
): readonly (readonly string[])[] {
  if (release >= 5) return problems.map((one) => errorSegment(one, delimiters));
  const errors = problems.filter(({ severity }) => severity === 'error').map((one) => codeAndLocation(one, delimiters));
  if (errors.length === 0) return [];
  return delimiters.repetition === ''
    ? errors.map((error) => ['ERR', error])
    : [['ERR', errors.join(delimiters.repetition)]];
}

/** Data type ERL (HL7 v2.5.1 §2.A.28): segment, which one, field, repetition, component. */
function errorSegment({ condition, location, severity, text }: Hl7Problem, delimiters: Delimiters): readonly string[] {
  const coded = [condition, errorConditions[condition], 'HL70357'].join(delimiters.component);
  const place = location === null ? '' : placeOf(location).join(delimiters.component);
  return ['ERR', '', place, coded, severity === 'error' ? 'E' : 'W', '', '', '', escapeText(text, delimiters)];
}

function placeOf({ segment, occurrence, field, component }: Hl7Location): readonly (string | number)[] {
  if (field === undefined) return [segment, occurrence];
  return component === undefined ? [segment, occurrence, field] : [segment, occurrence, field, 1, component];
}

/** Data type CM (HL7 v2.3.1 §2.24.3.1): segment, which one, field, and a code whose own separator is that of sub-components. */
function codeAndLocation({ condition, location }: Hl7Problem, { component, subcomponent }: Delimiters): string {
  const { segment = '', occurrence = '', field = '' } = location ?? {};
  const coded = [condition, errorConditions[condition]].join(subcomponent || ' ');
  return [segment, occurrence, field, coded].join(component);
}
