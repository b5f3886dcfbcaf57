import { type LocalTime, localTimeAt } from '@voorrang/protocol';

const quarterMs = 900_000;
const kept = 2_000;
const quarters = new Map<string, Map<number, LocalTime>>();

/** Weekday and hour of a site. Offsets are whole quarters of an hour, so one conversion serves all instants of a quarter. */
export const wallClock =
  (timeZone: string): ((at: number) => Pick<LocalTime, 'weekday' | 'hour'>) =>
  (at) => {
    const quarter = Math.floor(at / quarterMs);
    const known = quarters.get(timeZone) ?? new Map<number, LocalTime>();
    quarters.set(timeZone, known);
    const found = known.get(quarter) ?? localTimeAt(quarter * quarterMs, timeZone);
    if (known.size > kept) known.clear();
    known.set(quarter, found);
    return found;
  };
