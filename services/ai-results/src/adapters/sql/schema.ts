import { type Migrations, sharedMigrations } from '@voorrang/sql';
import { sql } from 'kysely';

/** Prefix of this service in table names, consumer group and stamps. */
export const serviceName = 'ai-results';

/** JSON is text, instants are epoch milliseconds, truth values 0 or 1. */
export type Schema = {
  ai_results_run: {
    site: string;
    result_id: string;
    study_id: string;
    study_uid: string;
    detector: string;
    version: string;
    digest: string;
    findings: string;
    shadow: number;
    status: string;
    received_at: number;
    replaces: string | null;
    withdrawn_at: number | null;
  };
  ai_results_verdict: { site: string; result_id: string; finding: string; given_by: string; verdict: string };
  ai_results_detector: {
    site: string;
    detector: string;
    state: string;
    reason: string;
    set_by: string;
    set_at: number;
  };
  ai_results_study: { study_id: string; site: string; study_uid: string; facts: string };
  /** `placer_id` is the `order_id` under the placer number alone, of an order that has a filler number too. */
  ai_results_order: { order_id: string; site: string; facts: string; cancelled: number; placer_id: string | null };
  /** `link` is an opaque accession number or study id. */
  ai_results_order_link: { link: string; order_id: string };
  ai_results_study_link: { link: string; study_id: string };
  ai_results_awaited: {
    study_id: string;
    detector: string;
    site: string;
    study_uid: string;
    study_version: number;
    findings: string;
    due_at: number;
    since: number | null;
    state: string;
  };
};

export const migrations: Migrations = {
  ...sharedMigrations(serviceName),
  '0001-results': {
    up: async (db) => {
      await db.schema
        .createTable('ai_results_run')
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('result_id', 'text', (c) => c.notNull())
        .addColumn('study_id', 'text', (c) => c.notNull())
        .addColumn('study_uid', 'text', (c) => c.notNull())
        .addColumn('detector', 'text', (c) => c.notNull())
        .addColumn('version', 'text', (c) => c.notNull())
        .addColumn('digest', 'text', (c) => c.notNull())
        .addColumn('findings', 'text', (c) => c.notNull())
        .addColumn('shadow', 'integer', (c) => c.notNull())
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('received_at', 'bigint', (c) => c.notNull())
        .addColumn('replaces', 'text')
        .addColumn('withdrawn_at', 'bigint')
        .addPrimaryKeyConstraint('ai_results_run_key', ['site', 'result_id'])
        .execute();
      await db.schema
        .createIndex('ai_results_run_study')
        .on('ai_results_run')
        .columns(['study_id', 'detector'])
        .execute();
      await db.schema
        .createIndex('ai_results_run_detector')
        .on('ai_results_run')
        .columns(['site', 'detector', 'received_at'])
        .execute();
      await db.schema
        .createTable('ai_results_verdict')
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('result_id', 'text', (c) => c.notNull())
        .addColumn('finding', 'text', (c) => c.notNull())
        .addColumn('given_by', 'text', (c) => c.notNull())
        .addColumn('verdict', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('ai_results_verdict_key', ['site', 'result_id', 'finding', 'given_by'])
        .execute();
      await db.schema
        .createTable('ai_results_detector')
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('detector', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('reason', 'text', (c) => c.notNull())
        .addColumn('set_by', 'text', (c) => c.notNull())
        .addColumn('set_at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('ai_results_detector_key', ['site', 'detector'])
        .execute();
    },
  },
  '0002-expectations': {
    up: async (db) => {
      await db.schema
        .createTable('ai_results_study')
        .addColumn('study_id', 'text', (c) => c.primaryKey())
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('study_uid', 'text', (c) => c.notNull())
        .addColumn('facts', 'text', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('ai_results_order')
        .addColumn('order_id', 'text', (c) => c.primaryKey())
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('facts', 'text', (c) => c.notNull())
        .addColumn('cancelled', 'integer', (c) => c.notNull())
        .execute();
      for (const [table, id] of [
        ['ai_results_order_link', 'order_id'],
        ['ai_results_study_link', 'study_id'],
      ] as const) {
        await db.schema
          .createTable(table)
          .addColumn('link', 'text', (c) => c.notNull())
          .addColumn(id, 'text', (c) => c.notNull())
          .addPrimaryKeyConstraint(`${table}_key`, ['link', id])
          .execute();
        await db.schema.createIndex(`${table}_of`).on(table).column(id).execute();
      }
      await db.schema
        .createTable('ai_results_expectation')
        .addColumn('study_id', 'text', (c) => c.notNull())
        .addColumn('detector', 'text', (c) => c.notNull())
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('study_uid', 'text', (c) => c.notNull())
        .addColumn('study_version', 'integer', (c) => c.notNull())
        .addColumn('findings', 'text', (c) => c.notNull())
        .addColumn('due_at', 'bigint', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('ai_results_expectation_key', ['study_id', 'detector'])
        .execute();
      await db.schema
        .createIndex('ai_results_expectation_due')
        .on('ai_results_expectation')
        .columns(['state', 'due_at'])
        .execute();
    },
  },
  '0003-expectations-per-version': {
    up: async (db) => {
      await db.schema
        .createTable('ai_results_awaited')
        .addColumn('study_id', 'text', (c) => c.notNull())
        .addColumn('detector', 'text', (c) => c.notNull())
        .addColumn('site', 'text', (c) => c.notNull())
        .addColumn('study_uid', 'text', (c) => c.notNull())
        .addColumn('study_version', 'integer', (c) => c.notNull())
        .addColumn('findings', 'text', (c) => c.notNull())
        .addColumn('due_at', 'bigint', (c) => c.notNull())
        .addColumn('since', 'bigint')
        .addColumn('state', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('ai_results_awaited_key', ['study_id', 'detector', 'study_version'])
        .execute();
      await db.schema
        .createIndex('ai_results_awaited_due')
        .on('ai_results_awaited')
        .columns(['state', 'due_at'])
        .execute();
      await sql`insert into ai_results_awaited
        (study_id, detector, site, study_uid, study_version, findings, due_at, since, state)
        select study_id, detector, site, study_uid, study_version, findings, due_at, null, state
        from ai_results_expectation`.execute(db);
      await db.schema.dropTable('ai_results_expectation').execute();
    },
  },
  '0004-orders-by-placer': {
    up: async (db) => {
      await db.schema.alterTable('ai_results_order').addColumn('placer_id', 'text').execute();
      await db.schema.createIndex('ai_results_order_placer').on('ai_results_order').column('placer_id').execute();
    },
  },
};
