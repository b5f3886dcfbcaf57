import type { Row } from '@voorrang/contracts';
import { compareStamps, type EpochMs, type Stamp } from '@voorrang/kernel';
import { type Fact, isAfter } from './facts.ts';
import type { StudyEntity } from './state.ts';

/** Who has the study open: the claim with the highest fence, unless released, run out, or ended by a reading. */
export function claimOf(study: StudyEntity, doneAt: Stamp | null, now: EpochMs): Row['claim'] {
  let claim: Fact<'study.claimed'> | null = null;
  let released = 0;
  for (const fact of study.facts) {
    if (fact.type === 'study.released') released = Math.max(released, fact.data.fence);
    if (fact.type === 'study.claimed' && (claim === null || fact.data.fence >= claim.data.fence)) claim = fact;
  }
  if (claim === null || claim.data.fence <= released || claim.data.until <= now) return null;
  if (doneAt !== null && compareStamps(claim.stamp, doneAt) <= 0) return null;
  return { by: claim.data.by, until: claim.data.until };
}

/** End of a hold that is on, or `null`. The last word counts; a reading ends it. */
export function heldUntil(study: StudyEntity, doneAt: Stamp | null, now: EpochMs): EpochMs | null {
  const last = study.facts.findLast((fact): fact is Fact<'study.held'> => fact.type === 'study.held');
  const until = last?.data.until ?? null;
  if (last === undefined || until === null || until <= now) return null;
  return isAfter(last.stamp, doneAt) ? until : null;
}

/** The newest settled version. */
export const settledOf = (study: StudyEntity): Fact<'study.settled'>['data'] | null =>
  study.facts
    .filter((fact): fact is Fact<'study.settled'> => fact.type === 'study.settled')
    .reduce<Fact<'study.settled'>['data'] | null>(
      (newest, { data }) => (newest === null || data.version >= newest.version ? data : newest),
      null,
    );
