import type { Migration } from '@voorrang/sql';
import { sql } from 'kysely';

/** `last_fact_at`: newest fact of a study of which there is something to prune. `pruned_through`: facts up to then were counted, and what they named was pruned. */
export type StudyRetentionColumns = { last_fact_at: number | null; pruned_through: number | null };

/** When a row was last told of; `null` in rows from before this was kept. */
export type ToldAtColumn = { last_at: number | null };

export const retentionMigration: Migration = {
  up: async (db) => {
    const run = (text: string) => sql.raw(text).execute(db);
    await run('alter table ingest_study add column last_fact_at bigint');
    await run('alter table ingest_study add column pruned_through bigint');
    await run(`update ingest_study set last_fact_at = coalesce(last_at,
      (select max(last_at) from ingest_series where ingest_series.study_key = ingest_study.study_key),
      (select max(told_at) from ingest_step where ingest_step.study_key = ingest_study.study_key), 0)`);
    await run('create index ingest_study_last_fact on ingest_study (last_fact_at) where last_fact_at is not null');
    for (const table of ['ingest_mpps', 'ingest_awaited_order', 'ingest_awaited_study']) {
      await run(`alter table ${table} add column last_at bigint`);
      await run(`create index ${table}_last on ${table} (last_at)`);
    }
  },
};
