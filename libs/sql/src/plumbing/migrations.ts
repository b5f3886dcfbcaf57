import { sql } from 'kysely';
import { tablePrefix } from '../database.ts';
import type { Migrations } from '../port.ts';

/**
 * Tables that every service has: inbox, outbox, leases, parked messages. Spread them into the service's own migrations:
 * `provider.open('notifier', { ...sharedMigrations('notifier'), ...ownMigrations })`.
 */
export function sharedMigrations(service: string): Migrations {
  const table = tableOf(service);
  return {
    '0000-shared': {
      up: async (db) => {
        await sql`create table ${table('inbox')} (event_id text primary key)`.execute(db);
        await sql`create table ${table('outbox')} (
          sequence bigint primary key, id text not null, topic text not null, key text not null,
          value text not null, traceparent text)`.execute(db);
        await sql`create table ${table('outbox_head')} (
          one integer primary key, instance text not null, next_sequence bigint not null,
          last_observed_at bigint not null)`.execute(db);
        await sql`create table ${table('lease')} (name text primary key, holder text not null, until bigint not null)`.execute(
          db,
        );
        await sql`create table ${table('parked')} (
          consumer text not null, topic text not null, partition_no integer not null, offset_no bigint not null,
          key text not null, value text not null, headers text not null, code text not null, reason text not null,
          parked_at bigint not null, primary key (consumer, topic, partition_no, offset_no))`.execute(db);
      },
    },
  };
}

/** Names a service's shared table inside a statement. */
export const tableOf =
  (service: string) =>
  (name: string): ReturnType<typeof sql.table> =>
    sql.table(`${tablePrefix(service)}_${name}`);
