import type { EpochMs } from '@voorrang/kernel';

/** A study as one side knows it. `images` counts instances; `null` when a peer does not say. */
export type ComparedStudy = { readonly studyInstanceUid: string; readonly images: number | null };

export type Differences = {
  /** The PACS has them, nobody sent them here. */
  readonly missingHere: readonly string[];
  /** We were sent them, the PACS does not have them. */
  readonly missingAtPacs: readonly string[];
  /** Both have them, and the PACS has more instances than we were sent. */
  readonly fewerHere: readonly { readonly studyInstanceUid: string; readonly here: number; readonly there: number }[];
};

/** Compares by Study Instance UID. That the PACS has fewer is not told: what is stored there may be compressed to one multi-frame object or be on its way. */
export function compareStudies(here: readonly ComparedStudy[], there: readonly ComparedStudy[]): Differences {
  const ours = new Map(here.map((study) => [study.studyInstanceUid, study]));
  const theirs = new Set(there.map(({ studyInstanceUid }) => studyInstanceUid));
  const sorted = (uids: Iterable<string>): readonly string[] => [...new Set(uids)].sort();
  return {
    missingHere: sorted(
      there.flatMap(({ studyInstanceUid }) => (ours.has(studyInstanceUid) ? [] : [studyInstanceUid])),
    ),
    missingAtPacs: sorted(
      here.flatMap(({ studyInstanceUid }) => (theirs.has(studyInstanceUid) ? [] : [studyInstanceUid])),
    ),
    fewerHere: there.flatMap(({ studyInstanceUid, images }) => {
      const here = ours.get(studyInstanceUid)?.images ?? null;
      return here === null || images === null || images <= here ? [] : [{ studyInstanceUid, here, there: images }];
    }),
  };
}

type LocalDay = (at: EpochMs) => { readonly date: number; readonly minuteOfDay: number };
const minuteMs = 60_000;
const dayMs = 86_400_000;

/**
 * The next instant after `after` at which the clock on the wall shows `minute` of the day. In the night that skips it: the first minute after the gap;
 * in the night that has it twice: the first of both, and not the second.
 */
export function nextAtMinute(after: EpochMs, minute: number, local: LocalDay): EpochMs {
  const today = local(after).date;
  let at = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  for (const end = at + 2 * dayMs; at < end; at += minuteMs) {
    const { date, minuteOfDay } = local(at);
    if (minuteOfDay < minute) continue;
    const before = local(at - minuteMs);
    const isFirst = before.date !== date || before.minuteOfDay < minute;
    const cameBefore = date === today && local(after).minuteOfDay >= minute;
    if (isFirst && !cameBefore) return at;
  }
  return at;
}

/** `YYYYMMDD` as a number, so many days later. */
export function addDays(date: number, days: number): number {
  const at = new Date(Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, (date % 100) + days));
  return at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
}

/** After an outage no more than the last week is made up for. */
const mostDays = 7;

/** The local days that are over and still to be compared, oldest first. */
export function daysToCompare(fromDay: number, today: number): readonly number[] {
  const days: number[] = [];
  for (let day = Math.max(fromDay, addDays(today, -mostDays)); day < today; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Until the next part of a comparison that found more than one may put onto the list. */
export const continueAfterMs = 60 * minuteMs;

/** Waits between tries of a comparison that failed: a PACS that is restarted is asked soon, one that is away once an hour. */
export const retryAfterMs = (failures: number): number => ([1, 5, 15][failures - 1] ?? 60) * minuteMs;
