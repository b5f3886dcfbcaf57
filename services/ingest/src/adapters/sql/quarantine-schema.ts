import type { Migration } from '@voorrang/sql';
import { sql } from 'kysely';

/** `state_order`: what gives way first, see `givesWay`; changed together with `state`. `problems` is JSON. */
type QuarantineRow = {
  id: string;
  kind: string;
  state: string;
  state_order: number;
  received_at: number;
  last_at: number;
  site: string;
  sender: string;
  room: string;
  address: string;
  message_type: string;
  control_id: string;
  code: string;
  problems: string;
  size_bytes: number;
  times: number;
  encoding: string;
  resolved_at: number | null;
  resolved_by: string | null;
  note: string | null;
};

export type QuarantineSchema = {
  ingest_quarantine: QuarantineRow;
  /** Base64. Apart, so that counting and listing do not read it. */
  ingest_quarantine_content: { id: string; content: string };
  /** Messages that were taken, by hashes only. `warnings` is JSON. */
  ingest_receipt: { receipt_key: string; content: string; taken_at: number; warnings: string | null };
};

export const quarantineMigration: Migration = {
  up: async (db) => {
    await sql`create table ingest_quarantine (
      id text primary key, kind text not null, state text not null, state_order integer not null,
      received_at bigint not null, last_at bigint not null, site text not null, sender text not null,
      room text not null, address text not null, message_type text not null, control_id text not null,
      code text not null, problems text not null, size_bytes bigint not null, times integer not null,
      encoding text not null, resolved_at bigint, resolved_by text, note text)`.execute(db);
    await sql`create index ingest_quarantine_listed on ingest_quarantine (received_at, id)`.execute(db);
    await sql`create index ingest_quarantine_room on ingest_quarantine (room, state_order, received_at, size_bytes)`.execute(
      db,
    );
    await sql`create table ingest_quarantine_content (id text primary key, content text not null)`.execute(db);
    await sql`create table ingest_receipt (
      receipt_key text primary key, content text not null, taken_at bigint not null, warnings text)`.execute(db);
    await sql`create index ingest_receipt_taken on ingest_receipt (taken_at)`.execute(db);
  },
};

/** A control id may have had several contents: each is remembered. */
export const receiptsByContentMigration: Migration = {
  up: async (db) => {
    await sql`drop table ingest_receipt`.execute(db);
    await sql`create table ingest_receipt (
      receipt_key text not null, content text not null, taken_at bigint not null, warnings text,
      primary key (receipt_key, content))`.execute(db);
    await sql`create index ingest_receipt_taken on ingest_receipt (taken_at)`.execute(db);
  },
};
