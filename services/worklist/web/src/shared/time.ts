import type { Labels } from './labels/en.ts';

const minuteMs = 60_000;

/** "2 h 15 min": whole minutes rounded down, from two days on days and hours. */
export function durationText(ms: number, { duration }: Labels): string {
  const minutes = Math.floor(Math.max(0, ms) / minuteMs);
  if (minutes === 0) return duration.lessThanMinute;
  if (minutes < 60) return duration.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return duration.hours(hours, minutes % 60);
  return duration.days(Math.floor(hours / 24), hours % 24);
}

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (locale: string, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const name = `${locale} ${key}`;
  const known = formats.get(name) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(name, known);
  return known;
};

const dayKey = (at: number): string => new Date(at).toDateString();

/** "21.40" (Dutch) or "21:40" today, with weekday and date on another day. In the time zone of the workstation. */
export function clockText(at: number, now: number, { locale }: Labels, withSeconds = false): string {
  const time = formatOf(locale, withSeconds ? 'seconds' : 'time', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(withSeconds ? { second: '2-digit' } : {}),
  }).format(at);
  const local = locale.startsWith('nl') ? time.replaceAll(':', '.') : time;
  if (dayKey(at) === dayKey(now)) return local;
  const day = formatOf(locale, 'day', { weekday: 'short', day: 'numeric', month: 'short' }).format(at);
  return `${day} ${local}`;
}

/** Whole years at an instant; `null` without a birth date. */
export function ageAt(birthDate: string | null, now: number): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate ?? '');
  if (match === null) return null;
  const [, year, month, day] = match.map(Number) as [number, number, number, number];
  const today = new Date(now);
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  return today.getFullYear() - year - (before ? 1 : 0);
}

/** "02-01-1960" in Dutch, "2 Jan 1960" in English: an ISO date without any time zone in between. */
export function dateText(isoDate: string, { locale }: Labels): string {
  const at = Date.parse(`${isoDate}T12:00:00Z`);
  if (Number.isNaN(at)) return isoDate;
  const options: Intl.DateTimeFormatOptions = locale.startsWith('nl')
    ? { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' }
    : { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' };
  return formatOf(locale, 'date', options).format(at);
}
