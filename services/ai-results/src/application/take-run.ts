import { createHash } from 'node:crypto';
import type { Run } from '@voorrang/contracts';
import { assertNever, err, ok, type Result, VoorrangError } from '@voorrang/kernel';
import { canonicalJson } from '../domain/content-digest.ts';
import { decideRun, type RunDecision } from '../domain/decide-run.ts';
import { stateInForce } from '../domain/registry.ts';
import { type Deps, eventOf } from './deps.ts';

/** What became of a run that was taken in. `again`: the same content was there before. */
export type Taken = {
  readonly kind: 'accepted' | 'again';
  readonly resultId: string;
  readonly resultKey: string;
  readonly studyId: string;
  readonly shadow: boolean;
};

/**
 * Takes a run in: durable with its event when this resolves. The same id with the same content is answered like the first time.
 * Refusals: `VRG_RESULT_CONFLICT`, `VRG_DETECTOR_UNKNOWN`, `VRG_FINDING_UNKNOWN`.
 */
export async function takeRun(deps: Deps, run: Run, site: string): Promise<Result<Taken, VoorrangError>> {
  const { store, clock, keys, registry } = deps;
  const studyId = keys.study(site, run.studyInstanceUid);
  const resultKey = keys.of('result', site, run.resultId);
  const digest = createHash('sha256')
    .update(canonicalJson({ ...run, site }))
    .digest('hex');
  const outcome = await store.transaction(async (tx) => {
    const known = await tx.findRun(site, run.resultId);
    if (known !== undefined) {
      if (known.digest !== digest) return err(new VoorrangError('VRG_RESULT_CONFLICT'));
      return ok({ kind: 'again' as const, shadow: known.shadow, decision: undefined });
    }
    const states = await tx.detectorStates();
    const decided = decideRun(run, site, registry, (detector) => stateInForce(detector, site, states));
    if (!decided.ok) return decided;
    const { shadow } = decided.value;
    const now = clock.now();
    await tx.insertRun({
      site,
      resultId: run.resultId,
      studyId,
      studyInstanceUid: run.studyInstanceUid,
      detector: run.detector.id,
      version: run.detector.version,
      digest,
      findings: run.findings.map(({ finding }) => finding),
      shadow,
      status: run.status,
      receivedAt: now,
      replaces: run.replaces ?? null,
      withdrawnAt: null,
    });
    if (!shadow) {
      for (const awaited of await tx.expectationsOf(studyId, run.detector.id)) {
        const { since } = awaited;
        if (since === null || since <= now) await tx.setExpectation(awaited, ['waiting', 'overdue'], 'arrived');
      }
    }
    await tx.append([eventOf(deps, 'run.recorded', site, studyId, { run, shadow, resultKey })], now);
    return ok({ kind: 'accepted' as const, shadow, decision: decided.value });
  });
  if (!outcome.ok) return outcome;
  const { kind, shadow, decision } = outcome.value;
  if (decision !== undefined) told(deps, decision, site, resultKey);
  return ok({ kind, shadow, resultId: run.resultId, resultKey, studyId });
}

/** Says what operations must know, after the commit. */
function told(
  { logger, metrics, committed }: Deps,
  { because, detector }: RunDecision,
  site: string,
  key: string,
): void {
  committed();
  switch (because) {
    case 'released':
      return;
    case 'unreleased-version': {
      const labels = { site, detector: detector.id };
      metrics
        .counter('voorrang_results_unreleased_version_total', 'Runs of versions that the registry does not release.', [
          'site',
          'detector',
        ])
        .inc(labels);
      logger.error(
        'operations alert: a detector reported with a version that is not released; kept in shadow',
        undefined,
        {
          ...labels,
          resultKey: key,
        },
      );
      return;
    }
    case 'detector-in-shadow':
    case 'detector-suspended':
      logger.info('run kept in shadow', { site, detector: detector.id, because, resultKey: key });
      return;
    default:
      assertNever(because);
  }
}
