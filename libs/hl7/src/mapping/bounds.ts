import type { Hl7Message } from '../message.ts';
import { type Hl7Problem, problem } from '../problem.ts';
import type { OrderGroup } from './groups.ts';

/** Far above what real senders write; a message over these is a mistake or an attack, and would hold up every other sender. */
const maxRepetitions = 200;
const maxOrderGroups = 500;

/** Fields of which every repetition is read. Free text is not among them: report lines come as repetitions of OBX-5, and there may be many. */
const repeatedFields: Readonly<Record<string, readonly number[]>> = {
  PID: [2, 3, 4, 5],
  MRG: [1],
  OBR: [31],
};

/** The first of these fields that repeats too often, with its place. */
export function findExcessRepetition(message: Hl7Message): Hl7Problem | null {
  for (const [name, fields] of Object.entries(repeatedFields)) {
    for (const segment of message.all(name)) {
      const field = fields.find((each) => segment.repeatsMoreThan(each, maxRepetitions));
      if (field === undefined) continue;
      const place = { segment: name, occurrence: segment.occurrence, field };
      return problem(102, place, `more than ${maxRepetitions} repetitions`);
    }
  }
  return null;
}

/** Names the first order that is one too many. */
export function findExcessOrder(groups: readonly OrderGroup[]): Hl7Problem | null {
  const first = groups[maxOrderGroups];
  if (first === undefined) return null;
  const segment = first.sharesOrc ? first.obr : (first.orc ?? first.obr);
  const place = { segment: segment?.name ?? 'ORC', occurrence: segment?.occurrence ?? 1 };
  return problem(100, place, `more than ${maxOrderGroups} orders`);
}
