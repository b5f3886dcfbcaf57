import type { Database } from '@voorrang/sql';
import { sql } from 'kysely';
import type { DetectorFigures, ResultsStore } from '../../application/ports.ts';
import type { DetectorState } from '../../domain/registry.ts';
import { runOf } from './rows.ts';
import type { Schema } from './schema.ts';
import { sqlTransaction } from './sql-transaction.ts';

/** The results store on PostgreSQL and SQLite, by one set of queries. */
export function sqlResultsStore(database: Database<Schema>): ResultsStore {
  const { query } = database;
  return {
    transaction: (work) => database.transaction((trx) => work(sqlTransaction(trx))),

    runsNamed: async (resultId) =>
      (
        await query.selectFrom('ai_results_run').selectAll().where('result_id', '=', resultId).orderBy('site').execute()
      ).map(runOf),

    sitesOf: async (studyIds) => {
      const rows = await query
        .selectFrom('ai_results_study')
        .select('site')
        .where('study_id', 'in', [...studyIds])
        .orderBy('site')
        .execute();
      return rows.map(({ site }) => site);
    },

    detectorChanges: async () =>
      (await query.selectFrom('ai_results_detector').selectAll().execute()).map((row) => ({
        site: row.site,
        detector: row.detector,
        state: row.state as DetectorState,
        reason: row.reason,
        by: row.set_by,
        at: row.set_at,
      })),

    figures: async (since) => {
      const runs = await query
        .selectFrom('ai_results_run')
        .select((eb) => [
          'site',
          'detector',
          eb.fn.max('received_at').as('last_run_at'),
          eb.fn.countAll<number>().as('runs'),
          sql<number>`sum(case when status = 'failed' then 1 else 0 end)`.as('failed'),
        ])
        .where('received_at', '>=', since)
        .groupBy(['site', 'detector'])
        .execute();
      const expectations = await query
        .selectFrom('ai_results_awaited')
        .select((eb) => ['site', 'detector', 'state', eb.fn.countAll<number>().as('count')])
        .where((eb) =>
          eb.or([eb('state', '=', 'waiting'), eb.and([eb('state', '=', 'overdue'), eb('due_at', '>=', since)])]),
        )
        .groupBy(['site', 'detector', 'state'])
        .execute();
      return merged(runs, expectations);
    },

    nextDueAt: async () => {
      const row = await query
        .selectFrom('ai_results_awaited')
        .select((eb) => eb.fn.min('due_at').as('next'))
        .where('state', '=', 'waiting')
        .executeTakeFirst();
      return row?.next ?? undefined;
    },
  };
}

function merged(
  runs: readonly { site: string; detector: string; last_run_at: number; runs: number; failed: number }[],
  expectations: readonly { site: string; detector: string; state: string; count: number }[],
): readonly DetectorFigures[] {
  const all = new Map<string, DetectorFigures>();
  const at = (site: string, detector: string): DetectorFigures =>
    all.get(`${site} ${detector}`) ?? { site, detector, lastRunAt: null, runs: 0, failed: 0, waiting: 0, overdue: 0 };
  for (const { site, detector, last_run_at, runs: count, failed } of runs) {
    const figures = { lastRunAt: last_run_at, runs: Number(count), failed: Number(failed) };
    all.set(`${site} ${detector}`, { ...at(site, detector), ...figures });
  }
  for (const { site, detector, state, count } of expectations) {
    const field = state === 'waiting' ? 'waiting' : 'overdue';
    all.set(`${site} ${detector}`, { ...at(site, detector), [field]: Number(count) });
  }
  return [...all.values()];
}
