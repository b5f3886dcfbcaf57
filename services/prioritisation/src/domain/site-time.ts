import type { EpochMs } from '@voorrang/kernel';

type LocalTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
};

const formats = new Map<string, Intl.DateTimeFormat>();
const quarters = new Map<string, LocalTime>();

/** Wall clock of a site. Offsets are whole quarters of an hour, so one conversion serves all instants of a quarter. */
export function localTime(at: EpochMs, timeZone: string): LocalTime {
  const quarter = Math.floor(at / 900_000);
  const key = `${quarter}|${timeZone}`;
  let start = quarters.get(key);
  if (!start) {
    start = convert(quarter * 900_000, timeZone);
    if (quarters.size > 5_000) quarters.clear();
    quarters.set(key, start);
  }
  return { ...start, minute: start.minute + Math.floor((at % 900_000) / 60_000) };
}

function convert(at: EpochMs, timeZone: string): LocalTime {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute') };
}

/** Completed years at an instant on the site's calendar; -1 when the birth date is unknown or lies ahead. `birthDate` is `YYYY-MM-DD`. */
export function ageAt(birthDate: string | null, at: EpochMs, timeZone: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(birthDate ?? '');
  if (!match) return -1;
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
  const now = localTime(at, timeZone);
  const before = now.month < month || (now.month === month && now.day < day);
  return Math.max(-1, now.year - year - (before ? 1 : 0));
}

/** `21:40` and `21.40` (Dutch), with the date when it is another day than that of `seenFrom`. */
export function clockTime(
  at: EpochMs,
  timeZone: string,
  seenFrom: EpochMs,
): { readonly en: string; readonly nl: string } {
  const time = localTime(at, timeZone);
  const from = localTime(seenFrom, timeZone);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = time.day === from.day && time.month === from.month && time.year === from.year;
  const en = `${two(time.hour)}:${two(time.minute)}`;
  const nl = `${two(time.hour)}.${two(time.minute)}`;
  if (day) return { en, nl };
  return { en: `${two(time.day)}/${two(time.month)} ${en}`, nl: `${two(time.day)}-${two(time.month)} ${nl}` };
}

/** The instant of a wall-clock time of a site; in the hour that a clock change repeats, the first. */
export function instantOfLocal(
  local: Omit<LocalTime, 'minute'> & { readonly minute: number; readonly second: number },
  timeZone: string,
): EpochMs {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
  const offsetAt = (at: EpochMs): number => {
    const seen = localTime(at, timeZone);
    return Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute) - Math.floor(at / 60_000) * 60_000;
  };
  return asUtc - offsetAt(asUtc - offsetAt(asUtc));
}
