import { err, ok, type Result, VoorrangError } from '@voorrang/kernel';
import { type Deps, eventOf } from './deps.ts';
import type { StoredRun } from './ports.ts';

/** The run of an id: at the site asked for, else at the one site that has it. An id that two sites use needs the site. */
export async function runNamed(
  { store }: Deps,
  resultId: string,
  site: string | undefined,
): Promise<Result<StoredRun, VoorrangError>> {
  const runs = (await store.runsNamed(resultId)).filter((run) => site === undefined || run.site === site);
  const [run] = runs;
  return run === undefined || runs.length > 1 ? err(new VoorrangError('VRG_RESULT_UNKNOWN')) : ok(run);
}

/** Withdraws a run; doing it again changes nothing. A run that is missing from now on counts as expected again. */
export async function withdrawRun(deps: Deps, run: StoredRun, reason: string | null): Promise<void> {
  const now = deps.clock.now();
  await deps.store.transaction(async (tx) => {
    const current = await tx.findRun(run.site, run.resultId);
    if (current === undefined || current.withdrawnAt !== null) return;
    await tx.markWithdrawn(run.site, run.resultId, now);
    if (!run.shadow) {
      for (const awaited of await tx.expectationsOf(run.studyId, run.detector)) {
        const answered = await tx.hasRun(run.studyId, run.detector, awaited.since);
        if (!answered) await tx.setExpectation(awaited, ['arrived'], 'waiting');
      }
    }
    const { resultId, studyInstanceUid } = run;
    const data = { resultId, studyInstanceUid, reason };
    await tx.append([eventOf(deps, 'run.withdrawn', run.site, run.studyId, data)], now);
  });
  deps.committed();
}

export type Verdict = 'agree' | 'disagree' | 'doubt' | 'known';

/** A radiologist's word on one finding of a run. The same word of the same person again changes nothing. */
export async function giveVerdict(
  deps: Deps,
  run: StoredRun,
  { finding, verdict, by }: { readonly finding: string; readonly verdict: Verdict; readonly by: string },
): Promise<Result<void, VoorrangError>> {
  if (!run.findings.includes(finding)) {
    const problems = [{ path: 'body.finding', message: 'a finding of this run' }];
    return err(new VoorrangError('VRG_FINDING_UNKNOWN', undefined, { details: { problems } }));
  }
  await deps.store.transaction(async (tx) => {
    if (!(await tx.setVerdict(run, finding, by, verdict))) return;
    const data = { studyInstanceUid: run.studyInstanceUid, resultId: run.resultId, finding, verdict, by };
    await tx.append([eventOf(deps, 'verdict.given', run.site, run.studyId, data)], deps.clock.now());
  });
  deps.committed();
  return ok(undefined);
}
