import { compareStamps, type Stamp } from '@voorrang/kernel';

/** What decides whether a run of a study stands. */
export type RunStanding = {
  readonly resultId: string;
  /** Id of the detector. */
  readonly detector: string;
  /** Result that it corrects. */
  readonly replaces: string | null | undefined;
  readonly stamp: Stamp;
  readonly shadow: boolean;
  readonly withdrawn: boolean;
};

/**
 * Runs of one study that a correction took the place of, each with the id of the correction. A run corrects only a run of the same detector that was
 * there before it, so there are no circles; one that is withdrawn or in shadow corrects nothing.
 */
export function correctedRuns(runs: Iterable<RunStanding>): ReadonlyMap<string, string> {
  const known = new Map<string, RunStanding>();
  for (const run of runs) known.set(run.resultId, run);
  const corrected = new Map<string, string>();
  for (const { resultId, detector, replaces, stamp, shadow, withdrawn } of known.values()) {
    const before = replaces ? known.get(replaces) : undefined;
    if (before === undefined || shadow || withdrawn || before.detector !== detector) continue;
    if (compareStamps(stamp, before.stamp) > 0) corrected.set(before.resultId, resultId);
  }
  return corrected;
}
