import type { EpochMs } from '@voorrang/kernel';

const pattern = /^(\d{4})(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,4}))?)?)?)?)?([+-]\d{4})?$/;

/**
 * Instant of an HL7 TS/DTM text (v2.5.1 §2.A.22): with its own offset, else in the zone of the site. Less than a day of precision gives `null`:
 * a month is not an instant. In the hour that a clock change repeats, the earlier instant is taken; one it skips moves forward.
 */
export function instantOf(text: string, timeZone: string): EpochMs | null {
  const match = pattern.exec(plain(text));
  if (match === null || match[3] === undefined) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match;
  const parts = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4], parts[5]);
  if (!isSame(local, parts)) return null;
  const millis = Math.floor(Number(`0.${fraction}`) * 1000);
  const at = offset === undefined ? inZone(local, timeZone) : local - offsetMs(offset);
  return at < 0 ? null : at + millis;
}

const iso = /^\d{4}-\d{2}-\d{2}(?:[T ](?:\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Some senders write ISO 8601: read as the same time in the form of HL7. */
function plain(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length > 40 || !iso.test(trimmed)) return trimmed;
  const [date, time = ''] = [trimmed.slice(0, 10), trimmed.slice(11)];
  const [, clock = '', offset = ''] = /^([\d:.]*)(.*)$/.exec(time) ?? [];
  const fraction = clock.replaceAll(':', '').replace(/(\.\d{4})\d+$/, '$1');
  return `${date.replaceAll('-', '')}${fraction}${offset === 'Z' ? '+0000' : offset.replace(':', '')}`;
}

/** `YYYY-MM-DD` of a date or the date part of a time; `null` when it is not a real day. */
export function dateOf(text: string): string | null {
  const match = /^(\d{4})(\d{2})(\d{2})/.exec(plain(text));
  if (match === null) return null;
  const [, year, month, day] = match;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return isSame(at, [Number(year), Number(month), Number(day), 0, 0, 0]) ? `${year}-${month}-${day}` : null;
}

/** Date.UTC rolls 31 February over and moves years below 100; a real date survives the round trip. */
function isSame(at: number, [year, month, day, hour, minute, second]: readonly number[]): boolean {
  const date = new Date(at);
  return (
    date.getUTCFullYear() === year &&
    date.getUTCMonth() + 1 === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  );
}

const offsetMs = (offset: string): number => {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
};

function inZone(local: number, timeZone: string): EpochMs {
  const before = local - zoneOffset(local - 86_400_000, timeZone);
  const after = local - zoneOffset(local + 86_400_000, timeZone);
  const candidates = [before, after].filter((at) => at + zoneOffset(at, timeZone) === local);
  return candidates.length === 0 ? before : Math.min(...candidates);
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();
/** Every zone changes its offset on a quarter of an hour, since 1972 at least, so one reading holds for all of it. */
const quarterMs = 900_000;
const mostOffsets = 10_000;

/** Offset of a zone at an instant. Asking the time zone database takes most of the time of a mapping, and messages come from the same few hours. */
function zoneOffset(at: EpochMs, timeZone: string): number {
  const quarter = Math.floor(at / quarterMs);
  const name = `${timeZone} ${quarter}`;
  const known = offsets.get(name);
  if (known !== undefined) return known;
  if (offsets.size >= mostOffsets) offsets.clear();
  const offset = readOffset(quarter * quarterMs, timeZone);
  offsets.set(name, offset);
  return offset;
}

function readOffset(at: EpochMs, timeZone: string): number {
  const format = formats.get(timeZone) ?? formatOf(timeZone);
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second')) - at;
}

const formatOf = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
