import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ParkedRecord } from '@voorrang/bus';
import { type SqlProvider, sharedMigrations, sqliteProvider, sqlParkingStore } from '@voorrang/sql';
import { type TempDirectory, tempDirectory } from '@voorrang/testing';
import { sql } from 'kysely';
import { notifierMigrations } from '../../src/adapters/sql/migrations.ts';
import type { NotifierSchema } from '../../src/adapters/sql/schema.ts';
import { moveParked } from '../../src/application/move-parked.ts';

let directory: TempDirectory;
let provider: SqlProvider;
beforeEach(async () => {
  directory = await tempDirectory();
  provider = sqliteProvider({ directory: directory.path });
});
afterEach(async () => {
  await provider.close();
  await directory.remove();
});

test('merges that an earlier version folded keep their stamps, so that an undoing finds them', async () => {
  const all = { ...sharedMigrations('notifier'), ...notifierMigrations };
  const { '0002-merges-placers-ages': _, ...first } = all;
  const before = await provider.open<NotifierSchema>('notifier', first);
  const stamp = { observedAt: 7, ingestId: 'i', seq: 3 };
  const document = JSON.stringify({ into: { value: 'b', stamp }, sex: { value: 'M', stamp } });
  await sql`insert into notifier_patient values ('a', 'b', ${document}), ('b', null, '{}')`.execute(before.query);
  await provider.close();
  provider = sqliteProvider({ directory: directory.path });
  const { query } = await provider.open<NotifierSchema>('notifier', all);
  expect(await query.selectFrom('notifier_merge').selectAll().execute()).toEqual([
    { prior_key: 'a', survivor_key: 'b', undone: 0, observed_at: 7, ingest_id: 'i', seq: 3 },
  ]);
});

test('what the service parked in the shared table moves to its own, and what others parked stays', async () => {
  const shared = sqlParkingStore(await provider.open('parking', sharedMigrations('parking')), 'parking');
  const own = sqlParkingStore(await provider.open('notifier', sharedMigrations('notifier')), 'notifier');
  const parked = (group: string, offset: number): ParkedRecord => ({
    group,
    record: { topic: 'results', partition: 0, offset, key: 'k', value: Uint8Array.from([1, 2]), headers: {} },
    code: 'VRG_EVENT_MALFORMED',
    reason: 'not readable',
    parkedAt: offset,
  });
  for (const one of [parked('notifier', 1), parked('notifier', 2), parked('prioritisation', 3)]) await shared.park(one);
  await own.park(parked('notifier', 1));
  for (let start = 0; start < 2; start += 1) await moveParked(shared, own, 'notifier');
  expect((await own.list()).map(({ record }) => record.offset)).toEqual([1, 2]);
  expect((await shared.list()).map(({ group }) => group)).toEqual(['prioritisation']);
});
