import { createHash } from 'node:crypto';
import type { NewEvent, Run } from '@voorrang/contracts';
import { assertNever, type EpochMs, err, ok, type Result, VoorrangError } from '@voorrang/kernel';
import { canonicalJson } from '../domain/content-digest.ts';
import { decideRun, type RunDecision } from '../domain/decide-run.ts';
import { type RegisteredDetector, stateInForce } from '../domain/registry.ts';
import { type Deps, eventOf } from './deps.ts';
import type { ResultsTransaction, StoredRun } from './ports.ts';

/** What became of a run that was taken in. `again`: the same content was there before. */
export type Taken = {
  readonly kind: 'accepted' | 'again';
  readonly resultId: string;
  readonly resultKey: string;
  readonly studyId: string;
  readonly shadow: boolean;
};

/** A run as a sender posted it, with the trace of that call. */
export type GivenRun = { readonly run: Run; readonly site: string; readonly traceparent: string | undefined };

type Outcome = Result<Taken & { readonly decision: RunDecision | undefined }, VoorrangError>;

/**
 * Takes runs in, in one transaction: durable with their events when this resolves, each with its own outcome, in the order given.
 * The same id with the same content is answered like the first time. Refusals: `VRG_RESULT_CONFLICT`, `VRG_DETECTOR_UNKNOWN`, `VRG_FINDING_UNKNOWN`, `VRG_RESULT_REPLACES`.
 */
export async function takeRuns(
  deps: Deps,
  given: readonly GivenRun[],
): Promise<readonly Result<Taken, VoorrangError>[]> {
  const { store, clock, keys, registry } = deps;
  const outcomes = await store.transaction(async (tx) => {
    const named = given.flatMap(({ run: { resultId, replaces }, site }) =>
      [resultId, ...(replaces === undefined ? [] : [replaces])].map((id) => ({ site, resultId: id })),
    );
    const known = new Map<string, Pick<StoredRun, 'digest' | 'shadow' | 'detector'>>(
      (await tx.findRuns(named)).map((run) => [nameOf(run), run]),
    );
    const states = await tx.detectorStates();
    const now = clock.now();
    const fresh: StoredRun[] = [];
    const events: NewEvent[] = [];
    const told = given.map(({ run, site, traceparent }): Outcome => {
      const stored = storedRun(deps, run, site, now);
      const { resultId, studyId, digest } = stored;
      const resultKey = keys.of('result', site, resultId);
      const earlier = known.get(nameOf(stored));
      if (earlier !== undefined) {
        if (earlier.digest !== digest) return err(new VoorrangError('VRG_RESULT_CONFLICT'));
        return ok({ kind: 'again', resultId, resultKey, studyId, shadow: earlier.shadow, decision: undefined });
      }
      const replaced = run.replaces === undefined ? undefined : known.get(nameOf({ site, resultId: run.replaces }));
      const stateOf = (detector: RegisteredDetector) => stateInForce(detector, site, states);
      const decided = decideRun(run, site, registry, stateOf, replaced?.detector);
      if (!decided.ok) return decided;
      const { shadow } = decided.value;
      known.set(nameOf(stored), { digest, shadow, detector: stored.detector });
      fresh.push({ ...stored, shadow });
      events.push(
        eventOf({ traceparent: () => traceparent }, 'run.recorded', site, studyId, { run, shadow, resultKey }),
      );
      return ok({ kind: 'accepted', resultId, resultKey, studyId, shadow, decision: decided.value });
    });
    await tx.insertRuns(fresh);
    await endWaits(tx, fresh, now);
    await tx.append(events, now);
    return told;
  });
  if (outcomes.some((outcome) => outcome.ok && outcome.value.decision !== undefined)) deps.committed();
  return outcomes.map((outcome, index) => {
    if (!outcome.ok) return outcome;
    const { decision, ...taken } = outcome.value;
    if (decision !== undefined) tell(deps, decision, given[index]?.site ?? '', taken.resultKey);
    return ok(taken);
  });
}

/** The runs that these were awaited for have come. */
async function endWaits(tx: ResultsTransaction, fresh: readonly StoredRun[], now: EpochMs): Promise<void> {
  const counting = new Set(
    fresh.filter(({ shadow }) => !shadow).map(({ studyId, detector }) => `${studyId} ${detector}`),
  );
  if (counting.size === 0) return;
  for (const awaited of await tx.openExpectationsOf([...new Set(fresh.map(({ studyId }) => studyId))])) {
    const { studyId, detector, since } = awaited;
    if (counting.has(`${studyId} ${detector}`) && (since === null || since <= now))
      await tx.setExpectation(awaited, ['waiting', 'overdue'], 'arrived');
  }
}

const nameOf = ({ site, resultId }: Pick<StoredRun, 'site' | 'resultId'>): string => `${site} ${resultId}`;

const storedRun = ({ keys }: Deps, run: Run, site: string, receivedAt: EpochMs): StoredRun => ({
  site,
  resultId: run.resultId,
  studyId: keys.study(site, run.studyInstanceUid),
  studyInstanceUid: run.studyInstanceUid,
  detector: run.detector.id,
  version: run.detector.version,
  digest: createHash('sha256')
    .update(canonicalJson({ ...run, site }))
    .digest('hex'),
  findings: run.findings.map(({ finding }) => finding),
  shadow: false,
  status: run.status,
  receivedAt,
  replaces: run.replaces ?? null,
  withdrawnAt: null,
});

/** Says what operations must know, after the commit. */
function tell({ logger, metrics }: Deps, { because, detector }: RunDecision, site: string, key: string): void {
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
