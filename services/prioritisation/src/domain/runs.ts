import { correctedRuns } from '@voorrang/contracts';
import type { Fact } from './facts.ts';
import { firstMade } from './procedure-steps.ts';
import type { StudyEntity } from './state.ts';

export type RunRecorded = Fact<'run.recorded'>;

export type RunState = {
  readonly fact: RunRecorded;
  readonly run: RunRecorded['data']['run'];
  readonly withdrawn: Fact<'run.withdrawn'> | null;
  /** `resultId` of the run that corrects it. */
  readonly replacedBy: string | null;
};

/**
 * All runs of a study, oldest first. A withdrawal holds whether it came before or after its run, and a withdrawn run has no effect at all,
 * so neither does its correction of another. A run in shadow corrects nothing. A correction is by a later run of the same detector, so there are no circles.
 */
export function runsOf(study: StudyEntity): readonly RunState[] {
  const recorded = new Map<string, RunRecorded>();
  const withdrawn = new Map<string, Fact<'run.withdrawn'>>();
  for (const fact of study.facts) {
    if (fact.type === 'run.recorded') {
      // The edge refuses the same id with other content; if two slipped through, the first one holds.
      if (!recorded.has(fact.data.run.resultId)) recorded.set(fact.data.run.resultId, fact);
    } else if (fact.type === 'run.withdrawn' && !withdrawn.has(fact.data.resultId))
      withdrawn.set(fact.data.resultId, fact);
  }
  const replacedBy = correctedRuns(
    [...recorded.values()].map(({ stamp, data: { run, shadow } }) => ({
      resultId: run.resultId,
      detector: run.detector.id,
      replaces: run.replaces,
      stamp,
      shadow,
      withdrawn: withdrawn.has(run.resultId),
    })),
  );
  return [...recorded.values()].map((fact) => ({
    fact,
    run: fact.data.run,
    withdrawn: withdrawn.get(fact.data.run.resultId) ?? null,
    replacedBy: replacedBy.get(fact.data.run.resultId) ?? null,
  }));
}

/** Runs that count: not in shadow, not withdrawn, not corrected. */
export const liveRuns = (study: StudyEntity, runs: readonly RunState[] = runsOf(study)): readonly RunState[] =>
  runs.filter(({ fact, withdrawn, replacedBy }) => !fact.data.shadow && withdrawn === null && replacedBy === null);

/** The first run that begins a row: in shadow does not count, withdrawn does (the row was there). */
export const firstRun = (study: StudyEntity): RunRecorded | undefined =>
  study.facts.find((fact): fact is RunRecorded => fact.type === 'run.recorded' && !fact.data.shadow);

/** A row begins with the first image of a study, here or announced, with the completion of a procedure step that made images, or with a run. */
export const hasRow = (study: StudyEntity): boolean =>
  study.series.size > 0 || firstRun(study) !== undefined || firstMade(study) !== null;

export const isPositive = ({ run }: RunState, code: string): boolean =>
  run.findings.some(({ finding, outcome }) => finding === code && outcome === 'positive');
