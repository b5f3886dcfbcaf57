import { type Migrations, sharedMigrations } from '@voorrang/sql';
import { sql } from 'kysely';
import { type LifeSchema, lifeMigration, type SeriesLifeColumns, type StudyLifeColumns } from './life-schema.ts';
import { type QuarantineSchema, quarantineMigration, receiptsByContentMigration } from './quarantine-schema.ts';
import { retentionMigration, type StudyRetentionColumns } from './retention-schema.ts';
import { reportsMigration, type WatchSchema, watchMigration } from './watch/schema.ts';

/** One row per study (opaque key: site and Study Instance UID). `due_at` is null when every image belongs to a settled version. */
type StudyRow = {
  study_key: string;
  site: string;
  study_uid: string;
  version: number;
  last_at: number | null;
  quiet_due_at: number | null;
  hard_due_at: number | null;
  due_at: number | null;
  traceparent: string | null;
};

export type IngestSchema = WatchSchema &
  QuarantineSchema &
  LifeSchema & {
    ingest_study: StudyRow & StudyLifeColumns & StudyRetentionColumns;
    ingest_series: {
      study_key: string;
      series_uid: string;
      modality: string | null;
      body_part: string | null;
    } & SeriesLifeColumns;
    /** Instances as a set: what is here was counted. `digest` is null for one that was only announced. */
    ingest_instance: { study_key: string; sop_uid: string; digest: string | null };
  };

export const serviceName = 'ingest';

export const ingestMigrations: Migrations = {
  ...sharedMigrations(serviceName),
  '0001-studies': {
    up: async (db) => {
      await sql`create table ingest_study (
        study_key text primary key, site text not null, study_uid text not null, version integer not null,
        last_at bigint, quiet_due_at bigint, hard_due_at bigint, due_at bigint, traceparent text)`.execute(db);
      await sql`create index ingest_study_due on ingest_study (due_at) where due_at is not null`.execute(db);
      await sql`create table ingest_series (
        study_key text not null, series_uid text not null, modality text, body_part text,
        primary key (study_key, series_uid))`.execute(db);
      await sql`create table ingest_instance (
        study_key text not null, sop_uid text not null, primary key (study_key, sop_uid))`.execute(db);
    },
  },
  '0002-quarantine': quarantineMigration,
  '0003-life': lifeMigration,
  '0004-watch': watchMigration,
  '0005-retention': retentionMigration,
  '0006-reports': reportsMigration,
  '0006-receipts-by-content': receiptsByContentMigration,
};
