import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parkingStoreContract } from '@voorrang/bus/testing';
import { sql } from 'kysely';
import { sharedMigrations, sqliteProvider, sqlParkingStore } from '../src/index.ts';
import { type DatabaseContractFactory, databaseContract, plumbingContract } from '../src/testing/index.ts';

const factory: DatabaseContractFactory = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'voorrang-sql-'));
  const provider = sqliteProvider({ directory });
  return {
    provider,
    reopen: async () => sqliteProvider({ directory }),
    dispose: async () => {
      await provider.close();
      await rm(directory, { recursive: true });
    },
  };
};

databaseContract('SQLite', factory);
plumbingContract('SQLite', factory);
parkingStoreContract('SQLite', async () => {
  const { provider, dispose } = await factory();
  const database = await provider.open('lawful', sharedMigrations('lawful'));
  return { store: sqlParkingStore(database, 'lawful'), dispose };
});

test('a query beside the transaction that waits for it is refused instead of waiting for ever', async () => {
  const { provider, dispose } = await factory();
  const database = await provider.open('x', {});
  const attempt = database.transaction(() => sql`select 1`.execute(database.query));
  await expect(attempt).rejects.toMatchObject({ code: 'VRG_INTERNAL' });
  expect((await sql`select 1 as one`.execute(database.query)).rows).toEqual([{ one: 1 }]);
  await dispose();
});

test('the file syncs at every commit, logs ahead and checks references', async () => {
  const { provider, dispose } = await factory();
  const { query } = await provider.open('x', {});
  const pragma = async (name: string) => Object.values((await sql.raw(`pragma ${name}`).execute(query)).rows[0] ?? {});
  expect([await pragma('synchronous'), await pragma('journal_mode'), await pragma('foreign_keys')]).toEqual([
    [2],
    ['wal'],
    [1],
  ]);
  await dispose();
});
