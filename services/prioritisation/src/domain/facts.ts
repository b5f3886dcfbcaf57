import type { EventType, KnownEvent } from '@voorrang/contracts';
import { compareStamps, type Stamp } from '@voorrang/kernel';

/** A fact as the state keeps it: the event as it came, told apart by `type`. */
export type Fact<T extends EventType = EventType> = Extract<KnownEvent, { type: T }>;

/** Total order of facts. Two cuts of one coalesced fact share a stamp; their ids tell them apart. */
export function compareFacts(a: KnownEvent, b: KnownEvent): number {
  const byStamp = compareStamps(a.stamp, b.stamp);
  if (byStamp !== 0) return byStamp;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Puts a fact at its place by stamp. `false` when it was there already, so a duplicate changes nothing. */
export function insertFact<F extends KnownEvent>(facts: F[], fact: F): boolean {
  let low = 0;
  let high = facts.length;
  const last = facts[high - 1];
  if (last === undefined || compareFacts(last, fact) < 0) low = high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = facts[middle];
    const order = found === undefined ? 1 : compareFacts(found, fact);
    if (order === 0) return false;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  facts.splice(low, 0, fact);
  return true;
}

/** A field with the stamp of the fact that wrote it. */
export type Written<T> = { readonly value: T; readonly stamp: Stamp };

/** Last writer by stamp. An empty value says nothing, so an earlier one stays. */
export function laterOf<T>(current: Written<T> | null, value: T | null, stamp: Stamp): Written<T> | null {
  if (value === null || value === '') return current;
  return current === null || compareStamps(stamp, current.stamp) > 0 ? { value, stamp } : current;
}

export const earlierStamp = (a: Stamp | null, b: Stamp | null): Stamp | null =>
  a === null ? b : b === null ? a : compareStamps(b, a) < 0 ? b : a;
export const laterStamp = (a: Stamp | null, b: Stamp | null): Stamp | null =>
  a === null ? b : b === null ? a : compareStamps(b, a) > 0 ? b : a;
export const isAfter = (a: Stamp, b: Stamp | null): boolean => b === null || compareStamps(a, b) > 0;
