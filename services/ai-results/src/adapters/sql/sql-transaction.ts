import { appendToOutbox, seenBefore } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { ResultsTransaction } from '../../application/ports.ts';
import { type DetectorState, stateKey } from '../../domain/registry.ts';
import { expectationOf, runOf, studyOf } from './rows.ts';
import { type Schema, serviceName } from './schema.ts';
import { sqlOrders } from './sql-orders.ts';

export const sqlTransaction = (trx: Transaction<Schema>): ResultsTransaction => ({
  ...runsOf(trx),
  ...detectorsOf(trx),
  ...studiesOf(trx),
  ...sqlOrders(trx),
  ...expectationsOf(trx),
  seenBefore: (eventId) => seenBefore(trx, serviceName, eventId),
  append: async (events, observedAt) => {
    await appendToOutbox(trx, events, { service: serviceName, observedAt });
  },
});

type Part<Name extends keyof ResultsTransaction> = Pick<ResultsTransaction, Name>;

const runsOf = (
  trx: Transaction<Schema>,
): Part<'findRun' | 'findRuns' | 'insertRuns' | 'markWithdrawn' | 'hasRun' | 'setVerdict'> => ({
  findRun: async (site, resultId) => {
    const row = await trx
      .selectFrom('ai_results_run')
      .selectAll()
      .where('site', '=', site)
      .where('result_id', '=', resultId)
      .executeTakeFirst();
    return row && runOf(row);
  },
  findRuns: async (names) =>
    (
      await trx
        .selectFrom('ai_results_run')
        .selectAll()
        .where('result_id', 'in', [...new Set(names.map(({ resultId }) => resultId))])
        .execute()
    ).map(runOf),
  insertRuns: async (runs) => {
    if (runs.length === 0) return;
    await trx
      .insertInto('ai_results_run')
      .values(
        runs.map((run) => ({
          site: run.site,
          result_id: run.resultId,
          study_id: run.studyId,
          study_uid: run.studyInstanceUid,
          detector: run.detector,
          version: run.version,
          digest: run.digest,
          findings: JSON.stringify(run.findings),
          shadow: run.shadow ? 1 : 0,
          status: run.status,
          received_at: run.receivedAt,
          replaces: run.replaces,
          withdrawn_at: run.withdrawnAt,
        })),
      )
      .execute();
  },
  markWithdrawn: async (site, resultId, at) => {
    await trx
      .updateTable('ai_results_run')
      .set({ withdrawn_at: at })
      .where('site', '=', site)
      .where('result_id', '=', resultId)
      .execute();
  },
  hasRun: async (studyId, detector, since) => {
    const row = await trx
      .selectFrom('ai_results_run as run')
      .select('run.result_id')
      .where('run.study_id', '=', studyId)
      .where('run.detector', '=', detector)
      .where('run.shadow', '=', 0)
      .where('run.withdrawn_at', 'is', null)
      .where('run.received_at', '>=', since ?? 0)
      // A correction that counts is itself a later run of the detector that counts, so a corrected one needs no leaving out.
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },
  setVerdict: async (run, finding, by, verdict) => {
    const row = { site: run.site, result_id: run.resultId, finding, given_by: by, verdict };
    const written = await trx
      .insertInto('ai_results_verdict')
      .values(row)
      .onConflict((oc) =>
        oc
          .columns(['site', 'result_id', 'finding', 'given_by'])
          .doUpdateSet({ verdict })
          .where('ai_results_verdict.verdict', '!=', verdict),
      )
      .returning('verdict')
      .execute();
    return written.length > 0;
  },
});

const detectorsOf = (trx: Transaction<Schema>): Part<'detectorStates' | 'setDetectorState'> => ({
  detectorStates: async () => {
    const rows = await trx.selectFrom('ai_results_detector').select(['site', 'detector', 'state']).execute();
    return new Map(rows.map((row) => [stateKey(row.site, row.detector), row.state as DetectorState]));
  },
  setDetectorState: async ({ site, detector, state, reason, by, at }) => {
    const change = { state, reason, set_by: by, set_at: at };
    await trx
      .insertInto('ai_results_detector')
      .values({ site, detector, ...change })
      .onConflict((oc) => oc.columns(['site', 'detector']).doUpdateSet(change))
      .execute();
  },
});

const studiesOf = (trx: Transaction<Schema>): Part<'study' | 'saveStudy'> => ({
  study: async (studyId) => {
    const row = await trx.selectFrom('ai_results_study').selectAll().where('study_id', '=', studyId).executeTakeFirst();
    return row && studyOf(row);
  },
  saveStudy: async ({ studyId, site, studyInstanceUid, known }, links) => {
    const facts = JSON.stringify(known);
    await trx
      .insertInto('ai_results_study')
      .values({ study_id: studyId, site, study_uid: studyInstanceUid, facts })
      .onConflict((oc) => oc.column('study_id').doUpdateSet({ facts }))
      .execute();
    if (links.length === 0) return;
    await trx
      .insertInto('ai_results_study_link')
      .values(links.map((link) => ({ link, study_id: studyId })))
      .onConflict((oc) => oc.doNothing())
      .execute();
  },
});

const expectationsOf = (
  trx: Transaction<Schema>,
): Part<'addExpectation' | 'expectationsOf' | 'openExpectationsOf' | 'setExpectation' | 'dueExpectations'> => ({
  addExpectation: async (expectation, state) => {
    const inserted = await trx
      .insertInto('ai_results_awaited')
      .values({
        study_id: expectation.studyId,
        detector: expectation.detector,
        site: expectation.site,
        study_uid: expectation.studyInstanceUid,
        study_version: expectation.studyVersion,
        findings: JSON.stringify(expectation.findings),
        due_at: expectation.dueAt,
        since: expectation.since,
        state,
      })
      .onConflict((oc) => oc.doNothing())
      .returning('detector')
      .execute();
    return inserted.length > 0;
  },
  expectationsOf: async (studyId, detector) => {
    const rows = await trx
      .selectFrom('ai_results_awaited')
      .selectAll()
      .where('study_id', '=', studyId)
      .where('detector', '=', detector)
      .orderBy('study_version')
      .execute();
    return rows.map(expectationOf);
  },
  openExpectationsOf: async (studyIds) =>
    (
      await trx
        .selectFrom('ai_results_awaited')
        .selectAll()
        .where('study_id', 'in', [...studyIds])
        .where('state', 'in', ['waiting', 'overdue'])
        .execute()
    ).map(expectationOf),
  setExpectation: async ({ studyId, detector, studyVersion }, from, to) => {
    await trx
      .updateTable('ai_results_awaited')
      .set({ state: to })
      .where('study_id', '=', studyId)
      .where('detector', '=', detector)
      .where('study_version', '=', studyVersion)
      .where('state', 'in', [...from])
      .execute();
  },
  dueExpectations: async (now, limit) => {
    const rows = await trx
      .selectFrom('ai_results_awaited')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(limit)
      .execute();
    return rows.map(expectationOf);
  },
});
