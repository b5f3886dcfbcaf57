import type { Migration } from '@voorrang/sql';
import { type Kysely, sql } from 'kysely';
import type { StepStatus } from '../../domain/steps.ts';
import type { ToldAtColumn } from './retention-schema.ts';

/** Due times beside the quiet and the hard one, and whether procedure steps are known of the study. */
export type StudyLifeColumns = { required_due_at: number | null; complete_due_at: number | null; has_steps: 0 | 1 };

/** What rules ask of a series. `attributes` is `SeriesAttributes` as JSON; `seen` is 0 while only a procedure step names it. */
export type SeriesLifeColumns = {
  attributes: string | null;
  seen: 0 | 1;
  instances: number;
  announced: number;
  last_at: number | null;
  in_version: number;
};

export type LifeSchema = {
  /** Every content (digest) of an instance that came with more than one. */
  ingest_content: { study_key: string; sop_uid: string; digest: string };
  /** Procedure steps by study; one step may belong to several. `step_key` is site and SOP Instance UID, `performed` whether it names instances. */
  ingest_step: {
    study_key: string;
    step_key: string;
    status: StepStatus;
    told_at: number;
    modality: string | null;
    performed: 0 | 1;
  };
  /** Instances that a step names and that are in no study of the step yet. */
  ingest_awaited: { step_key: string; sop_uid: string };
  /** The MPPS book: what an N-SET does not repeat. `document` is `PerformedStep` as JSON. */
  ingest_mpps: { step_key: string; status: StepStatus; document: string } & ToldAtColumn;
};

export const lifeMigration: Migration = {
  up: async (db: Kysely<unknown>) => {
    const run = (text: string) => sql.raw(text).execute(db);
    await run('alter table ingest_study add column required_due_at bigint');
    await run('alter table ingest_study add column complete_due_at bigint');
    await run('alter table ingest_study add column has_steps integer not null default 0');
    await run('create index ingest_study_uid on ingest_study (study_uid)');
    await run('alter table ingest_series add column attributes text');
    await run('alter table ingest_series add column seen integer not null default 1');
    await run('alter table ingest_series add column instances integer not null default 0');
    await run('alter table ingest_series add column announced integer not null default 0');
    await run('alter table ingest_series add column last_at bigint');
    await run('alter table ingest_series add column in_version integer not null default 0');
    await run('alter table ingest_instance add column digest text');
    await run(`create table ingest_content (
      study_key text not null, sop_uid text not null, digest text not null, primary key (study_key, sop_uid, digest))`);
    await run(`create table ingest_step (
      study_key text not null, step_key text not null, status text not null, told_at bigint not null, modality text,
      performed integer not null, primary key (study_key, step_key))`);
    await run('create index ingest_step_key on ingest_step (step_key)');
    await run(
      'create table ingest_awaited (step_key text not null, sop_uid text not null, primary key (step_key, sop_uid))',
    );
    await run('create table ingest_mpps (step_key text primary key, status text not null, document text not null)');
  },
};
