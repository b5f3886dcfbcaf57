import type { ParkedRecord, ParkingStore } from '@voorrang/bus';
import type { Topic } from '@voorrang/contracts';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Database } from '../port.ts';
import { tableOf } from './migrations.ts';

type Row = {
  consumer: string;
  topic: string;
  partition_no: number;
  offset_no: number;
  key: string;
  value: string;
  headers: string;
  code: string;
  reason: string;
  parked_at: number;
};

/** Keeps parked messages, original bytes included, in the service's `parked` table. */
export function sqlParkingStore<Schema>(database: Database<Schema>, service: string): ParkingStore {
  const table = tableOf(service)('parked');
  const rowsOf = async (on: QueryExecutorProvider, group: string | null, key: string | null) =>
    (
      await sql<Row>`select * from ${table}
        where (consumer = ${group} or cast(${group} as text) is null) and (key = ${key} or cast(${key} as text) is null)
        order by parked_at, topic, partition_no, offset_no`.execute(on)
    ).rows.map(parkedOf);
  return {
    park: async ({ group, record, code, reason, parkedAt }) => {
      await sql`insert into ${table}
        (consumer, topic, partition_no, offset_no, key, value, headers, code, reason, parked_at)
        values (${group}, ${record.topic}, ${record.partition}, ${record.offset}, ${record.key},
          ${Buffer.from(record.value).toString('base64')}, ${JSON.stringify(record.headers)}, ${code}, ${reason}, ${parkedAt})
        on conflict do nothing`.execute(database.query);
    },
    blockedKeys: async (group) => {
      const { rows } = await sql<{ key: string }>`select distinct key from ${table}
        where consumer = ${group}`.execute(database.query);
      return new Set(rows.map(({ key }) => key));
    },
    list: (group) => rowsOf(database.query, group ?? null, null),
    release: (group, key) =>
      database.transaction(async (trx) => {
        const released = await rowsOf(trx, group, key);
        await sql`delete from ${table} where consumer = ${group} and key = ${key}`.execute(trx);
        return released;
      }),
  };
}

const parkedOf = (row: Row): ParkedRecord => ({
  group: row.consumer,
  record: {
    topic: row.topic as Topic,
    partition: row.partition_no,
    offset: row.offset_no,
    key: row.key,
    value: new Uint8Array(Buffer.from(row.value, 'base64')),
    headers: JSON.parse(row.headers) as Record<string, string>,
  },
  code: row.code,
  reason: row.reason,
  parkedAt: row.parked_at,
});
