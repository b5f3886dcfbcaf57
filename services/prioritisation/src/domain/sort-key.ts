import type { EpochMs } from '@voorrang/kernel';

/** Same shape as the store's port. Ascending by score, then by the bytes of member. */
export type SortKey = { readonly score: number; readonly member: string };

/** 2^42 ms reach the year 2109; four bands stay far below 2^53. */
export const bandWidth = 2 ** 42;
/** Longest that a due time may lie ahead: the year 2101. */
const latest: EpochMs = Date.UTC(2101, 0, 1);

const within = (at: EpochMs): EpochMs => Math.min(Math.max(0, Math.round(at)), latest);

/** `band * 2^42 + due in ms` (design section 5). */
export const scoreOf = (band: number, dueAt: EpochMs): number => band * bandWidth + within(dueAt);
/** `12 hex digits of arrival ms : opaque id`: equal scores stand by arrival, then by id. */
export const memberOf = (arrivedAt: EpochMs, studyId: string): string =>
  `${within(arrivedAt).toString(16).padStart(12, '0')}:${studyId}`;

export function compareSortKeys(a: SortKey, b: SortKey): number {
  if (a.score !== b.score) return a.score - b.score;
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0;
}
