import { type DurationMs, days, type EpochMs, hours } from '@voorrang/kernel';
import { localTimeAt } from './local-time.ts';
import type { Wait } from './protocol.ts';

/**
 * When a wait that begins at `start` ends. A working day is 24 hours of a clock that stands still from Saturday 00:00 to Monday 00:00 of the site:
 * one that begins on a Saturday begins on Monday. The clock counts elapsed time, so a change to or from summer time never turns the order of two waits round.
 */
export function dueAt(start: EpochMs, wait: Wait, timeZone: string): EpochMs {
  if ('ms' in wait) return start + wait.ms;
  let left: DurationMs = days(wait.workingDays);
  let at = start;
  for (;;) {
    const { weekday } = localTimeAt(at, timeZone);
    if (weekday >= 6) {
      at = midnightAfter(at, 8 - weekday, timeZone);
      continue;
    }
    const weekend = midnightAfter(at, 6 - weekday, timeZone);
    if (at + left <= weekend) return at + left;
    left -= weekend - at;
    at = weekend;
  }
}

const midnights = new Map<string, EpochMs>();
/** Days that are remembered; more than a policy of years meets. */
const rememberedDays = 5_000;

/** First instant of the local day that lies `count` days after the one of `at`. */
function midnightAfter(at: EpochMs, count: number, timeZone: string): EpochMs {
  const date = addDays(localTimeAt(at, timeZone).date, count);
  const key = `${timeZone} ${date}`;
  const known = midnights.get(key);
  if (known !== undefined) return known;
  if (midnights.size >= rememberedDays) midnights.clear();
  const found = firstInstantOf(date, timeZone);
  midnights.set(key, found);
  return found;
}

/** Found by halving: no calendar arithmetic, any zone, any change of clocks. */
function firstInstantOf(date: number, timeZone: string): EpochMs {
  const noonUtc = Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100, 12);
  let before = noonUtc - hours(38);
  let after = noonUtc + hours(14);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localTimeAt(middle, timeZone).date >= date) after = middle;
    else before = middle;
  }
  return after;
}

function addDays(date: number, count: number): number {
  const moved = new Date(Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, (date % 100) + count));
  return moved.getUTCFullYear() * 10_000 + (moved.getUTCMonth() + 1) * 100 + moved.getUTCDate();
}
