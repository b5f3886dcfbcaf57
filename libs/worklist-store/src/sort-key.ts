import { type EpochMs, VoorrangError } from '@voorrang/kernel';
import { latestInstant, type SortKey, type StudyDocument } from './port.ts';

/** Width of the due time within a score: 2^42 ms reaches the year 2109. Four bands leave the score far below 2^53. */
export const bandWidth = 2 ** 42;

/** The sort key of design section 5: score = band * 2^42 + due in ms, member = 12 hex digits of arrival in ms, colon, studyId. */
export function sortKeyOf(place: {
  readonly band: number;
  readonly dueAt: EpochMs;
  readonly arrivedAt: EpochMs;
  readonly studyId: string;
}): SortKey {
  const { band, dueAt, arrivedAt, studyId } = place;
  const whole = [band, dueAt, arrivedAt].every(Number.isSafeInteger);
  if (
    !whole ||
    band < 0 ||
    band > 3 ||
    dueAt < 0 ||
    dueAt > latestInstant ||
    arrivedAt < 0 ||
    arrivedAt > latestInstant
  )
    throw new RangeError(`no sort key for band ${band}, due ${dueAt}, arrival ${arrivedAt}`);
  return { score: band * bandWidth + dueAt, member: `${arrivedAt.toString(16).padStart(12, '0')}:${studyId}` };
}

/** Total order of a list: score, then bytes of the member. Members are ASCII, so code units compare like bytes. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (a.score !== b.score) return a.score - b.score;
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0;
}

/**
 * Refuses what the adapters could not order alike: both keys must be whole non-negative scores within 53 bits with
 * a printable ASCII member that ends in `:studyId`. A broken invariant of the writer, so it throws.
 */
export function assertStorable(document: StudyDocument): void {
  const { key, baseKey, row, searchTokens } = document;
  for (const { score, member } of [key, baseKey])
    if (!Number.isSafeInteger(score) || score < 0 || !/^[!-~]+$/.test(member) || !member.endsWith(`:${row.studyId}`))
      throw new VoorrangError('VRG_INTERNAL', 'a sort key cannot be stored', { details: { studyId: row.studyId } });
  if (key.member !== baseKey.member || searchTokens.some((token) => !/^[0-9A-Za-z]+$/.test(token)))
    throw new VoorrangError('VRG_INTERNAL', 'members or search tokens cannot be stored', {
      details: { studyId: row.studyId },
    });
}
