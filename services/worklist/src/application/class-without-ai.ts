import type { UrgencyClass } from '@voorrang/contracts';
import { type RankedRow, sortKeyOf } from '@voorrang/worklist-store';

/** Scores below this are of band 0: acute by human order (design section 5.4). */
const endOfBandZero = sortKeyOf({ band: 1, dueAt: 0, arrivedAt: 0, studyId: '' }).score;

/**
 * The class that a row is known to have without AI; `null` when it has none. Where AI has raised it, the row tells only the band of its place without AI:
 * outside band 0 the least is taken, because a raise only adds a place and can never put the study lower.
 */
export function classWithoutAi({ urgencyClass, sortKey, baseSortKey }: RankedRow): UrgencyClass | null {
  if (baseSortKey.score === sortKey.score) return urgencyClass;
  return baseSortKey.score < endOfBandZero ? 'acute' : 'routine';
}
