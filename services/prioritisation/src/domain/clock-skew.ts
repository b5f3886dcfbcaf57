import { type EpochMs, hours, minutes } from '@voorrang/kernel';
import type { OrderView } from './order-view.ts';
import { instantOfLocal } from './site-time.ts';
import type { Series } from './state.ts';

/** A modality clock further ahead of ours than this is shown as skewed. One that runs behind cannot be told from images sent late. */
const modalityTolerance = minutes(5);
/** Requests carry an appointment at times, and patients come early: only one well after the first image is impossible. */
const requestTolerance = hours(1);

/** Whether an acquisition is dated after we heard of it, or the request after the study. Such times are shown and never sorted by. */
export function hasClockSkew(
  series: Iterable<Series>,
  views: readonly OrderView[],
  reference: EpochMs,
  timeZone: string,
): boolean {
  for (const { acquiredAt } of series) {
    const at = acquiredAt === null ? null : dicomInstant(acquiredAt.value, timeZone);
    if (acquiredAt !== null && at !== null && at > acquiredAt.stamp.observedAt + modalityTolerance) return true;
  }
  return views.some(({ requestedAt }) => requestedAt !== null && requestedAt.value > reference + requestTolerance);
}

/** DICOM DT (PS3.5 §6.2): `YYYYMMDDHHMMSS.FFFFFF&ZZXX`; without offset it is the time of the site. `null` when it is no full date and time. */
export function dicomInstant(text: string, timeZone: string): EpochMs | null {
  const match = /^(\d{4})(\d{2})(\d{2})\s?(\d{2})(\d{2})(\d{2})?(?:\.\d{1,6})?([+-]\d{4})?$/.exec(text.trim());
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const offset = match[7];
  if (offset === undefined) return instantOfLocal({ year, month, day, hour, minute, second }, timeZone);
  const ahead = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5))) * (offset.startsWith('-') ? -1 : 1);
  return Date.UTC(year, month - 1, day, hour, minute, second) - minutes(ahead);
}
