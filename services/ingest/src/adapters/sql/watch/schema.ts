import type { Migration } from '@voorrang/sql';
import { sql } from 'kysely';
import type { ToldAtColumn } from '../retention-schema.ts';

/** Slots in which a sender was heard. The sender '' is ourselves: slots in which we listened. */
type HeardRow = { sender: string; slot_at: number; messages: number; last_at: number };

/** A sender that the protocol names. `due_at` is when to look at it again; `rhythm` and `skew` are JSON. */
type SenderRow = {
  sender: string;
  site: string;
  watched_since: number;
  due_at: number | null;
  silent_since: number | null;
  folded_to: number;
  rhythm: string | null;
  skew: string | null;
  tls: number | null;
};

/** A notice to operators; `cleared_at` is null while it stands. `detail` is JSON without patient data. */
type OperationRow = {
  operation_id: string;
  kind: string;
  site: string;
  subject: string;
  count: number;
  since: number;
  cleared_at: number | null;
  detail: string;
};

/**
 * An order that may wait for images; times of facts are stamps as text that sorts. `first_at` null: only heard of by a report or a cancellation. `matched` 1: images are there,
 * `told` 1: counted in a notice.
 */
type AwaitedOrderRow = {
  order_key: string;
  site: string;
  study_key: string | null;
  first_placed: string | null;
  last_placed: string | null;
  last_cancelled: string | null;
  status: string | null;
  status_stamp: string | null;
  requested_at: number | null;
  requested_stamp: string | null;
  reported: number;
  first_at: number | null;
  matched: number;
  due_at: number | null;
  told: number;
};

/** A study that we have or know of. `images`: instances were sent here; `announced`: somebody told of them; `evidence`: other objects came. `ordered` 1: an order is there. */
type AwaitedStudyRow = {
  study_key: string;
  site: string;
  study_uid: string;
  modalities: string;
  images: number;
  announced: number;
  evidence: number;
  first_at: number;
  ordered: number;
  due_at: number | null;
  told: number;
};

/** What links orders and studies: opaque tokens of accession number, study and placer number. `side` is 'order' or 'study'. */
type LinkRow = { token: string; side: string; id: string };

/** A PACS that is compared: when next, and from which local day (YYYYMMDD) on. */
type PacsRow = {
  name: string;
  next_at: number;
  from_day: number;
  failures: number;
  compared_at: number | null;
  result: string | null;
};

/** A study that one side does not have; `kind` is that of the notice. */
type PacsDifferenceRow = {
  pacs: string;
  study_key: string;
  kind: string;
  study_uid: string;
  found_at: number;
};

/** The newest report that ends the reading of an order (final or corrected), and the newest word that a report of it was cancelled. */
type ReportColumns = { last_read: string | null; last_unread: string | null };

export type WatchSchema = {
  ingest_heard: HeardRow;
  ingest_sender: SenderRow;
  ingest_operation: OperationRow;
  ingest_awaited_order: AwaitedOrderRow & ToldAtColumn & ReportColumns;
  ingest_awaited_study: AwaitedStudyRow & ToldAtColumn;
  ingest_awaited_link: LinkRow;
  ingest_pacs: PacsRow;
  ingest_pacs_difference: PacsDifferenceRow;
};

export const reportsMigration: Migration = {
  up: async (db) => {
    await sql`alter table ingest_awaited_order add column last_read text`.execute(db);
    await sql`alter table ingest_awaited_order add column last_unread text`.execute(db);
  },
};

export const watchMigration: Migration = {
  up: async (db) => {
    const statements = [
      sql`create table ingest_heard (
        sender text not null, slot_at bigint not null, messages integer not null, last_at bigint not null,
        primary key (sender, slot_at))`,
      sql`create index ingest_heard_slot on ingest_heard (slot_at)`,
      sql`create table ingest_sender (
        sender text primary key, site text not null, watched_since bigint not null, due_at bigint, silent_since bigint,
        folded_to bigint not null, rhythm text, skew text, tls integer)`,
      sql`create table ingest_operation (
        operation_id text primary key, kind text not null, site text not null, subject text not null, count integer not null,
        since bigint not null, cleared_at bigint, detail text not null)`,
      sql`create index ingest_operation_open on ingest_operation (kind, site, subject) where cleared_at is null`,
      sql`create index ingest_operation_cleared on ingest_operation (cleared_at) where cleared_at is not null`,
      sql`create table ingest_awaited_order (
        order_key text primary key, site text not null, study_key text, first_placed text, last_placed text, last_cancelled text,
        status text, status_stamp text, requested_at bigint, requested_stamp text, reported integer not null,
        first_at bigint, matched integer not null, due_at bigint, told integer not null)`,
      sql`create index ingest_awaited_order_due on ingest_awaited_order (due_at) where due_at is not null`,
      sql`create index ingest_awaited_order_told on ingest_awaited_order (site) where told = 1`,
      sql`create table ingest_awaited_study (
        study_key text primary key, site text not null, study_uid text not null, modalities text not null, images integer not null,
        announced integer not null, evidence integer not null, first_at bigint not null, ordered integer not null,
        due_at bigint, told integer not null)`,
      sql`create index ingest_awaited_study_due on ingest_awaited_study (due_at) where due_at is not null`,
      sql`create index ingest_awaited_study_told on ingest_awaited_study (site) where told = 1`,
      sql`create index ingest_awaited_study_first on ingest_awaited_study (site, first_at)`,
      sql`create table ingest_awaited_link (
        token text not null, side text not null, id text not null, primary key (token, side, id))`,
      sql`create index ingest_awaited_link_id on ingest_awaited_link (side, id)`,
      sql`create table ingest_pacs (
        name text primary key, next_at bigint not null, from_day integer not null, failures integer not null,
        compared_at bigint, result text)`,
      sql`create table ingest_pacs_difference (
        pacs text not null, study_key text not null, kind text not null, study_uid text not null, found_at bigint not null,
        primary key (pacs, kind, study_key))`,
    ];
    for (const statement of statements) await statement.execute(db);
  },
};
