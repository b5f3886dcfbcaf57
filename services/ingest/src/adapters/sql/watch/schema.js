import { sql } from 'kysely';
export const watchMigration = {
    up: async (db) => {
        const statements = [
            sql `create table ingest_heard (
        sender text not null, slot_at bigint not null, messages integer not null, last_at bigint not null,
        primary key (sender, slot_at))`,
            sql `create index ingest_heard_slot on ingest_heard (slot_at)`,
            sql `create table ingest_sender (
        sender text primary key, site text not null, watched_since bigint not null, due_at bigint, silent_since bigint,
        folded_to bigint not null, rhythm text, skew text, tls integer)`,
            sql `create table ingest_operation (
        operation_id text primary key, kind text not null, site text not null, subject text not null, count integer not null,
        since bigint not null, cleared_at bigint, detail text not null)`,
            sql `create index ingest_operation_open on ingest_operation (kind, site, subject) where cleared_at is null`,
            sql `create index ingest_operation_cleared on ingest_operation (cleared_at) where cleared_at is not null`,
            sql `create table ingest_awaited_order (
        order_key text primary key, site text not null, study_key text, first_placed text, last_placed text, last_cancelled text,
        status text, status_stamp text, requested_at bigint, requested_stamp text, reported integer not null,
        first_at bigint not null, matched integer not null, due_at bigint, told integer not null)`,
            sql `create index ingest_awaited_order_due on ingest_awaited_order (due_at) where due_at is not null`,
            sql `create index ingest_awaited_order_told on ingest_awaited_order (site) where told = 1`,
            sql `create table ingest_awaited_study (
        study_key text primary key, site text not null, study_uid text not null, modalities text not null, images integer not null,
        announced integer not null, evidence integer not null, first_at bigint not null, ordered integer not null,
        due_at bigint, told integer not null)`,
            sql `create index ingest_awaited_study_due on ingest_awaited_study (due_at) where due_at is not null`,
            sql `create index ingest_awaited_study_told on ingest_awaited_study (site) where told = 1`,
            sql `create index ingest_awaited_study_first on ingest_awaited_study (site, first_at)`,
            sql `create table ingest_awaited_link (
        token text not null, side text not null, id text not null, primary key (token, side, id))`,
            sql `create index ingest_awaited_link_id on ingest_awaited_link (side, id)`,
            sql `create table ingest_pacs (
        name text primary key, next_at bigint not null, from_day integer not null, failures integer not null,
        compared_at bigint, result text)`,
            sql `create table ingest_pacs_difference (
        pacs text not null, study_key text not null, kind text not null, study_uid text not null, found_at bigint not null,
        primary key (pacs, kind, study_key))`,
        ];
        for (const statement of statements)
            await statement.execute(db);
    },
};
