import type { EpochMs } from '@voorrang/kernel';

/** What the clock on the wall of a site shows at an instant. `weekday` is 1 Monday to 7 Sunday, `date` is YYYYMMDD as a number. */
export type LocalTime = {
  readonly date: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minuteOfDay: number;
};

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

/** `timeZone` is an IANA name. */
export function localTimeAt(at: EpochMs, timeZone: string): LocalTime {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  const sundayFirst = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return {
    date: year * 10_000 + month * 100 + day,
    weekday: sundayFirst === 0 ? 7 : sundayFirst,
    hour,
    minuteOfDay: hour * 60 + minute,
  };
}
