import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Database, Migrations, SqlProvider } from '../port.ts';

/** Makes a provider over an empty store; `reopen` makes another one over the same store, as after a restart. */
export type DatabaseContractFactory = () => Promise<{
  readonly provider: SqlProvider;
  readonly reopen: () => Promise<SqlProvider>;
  readonly dispose: () => Promise<void>;
}>;

type Schema = {
  lawful_thing: { id: string; at: number | null; flag: number; body: string | null };
  lawful_counter: { id: string; value: number };
};

const migrations: Migrations = {
  '0001-things': {
    up: async (db) => {
      await sql`create table lawful_thing (id text primary key, at bigint, flag integer not null, body text)`.execute(
        db,
      );
      await sql`create table lawful_counter (id text primary key, value bigint not null)`.execute(db);
    },
  },
};

/** The laws of the SQL port, for every engine. */
export function databaseContract(name: string, factory: DatabaseContractFactory): void {
  describe(`${name} keeps the laws of the database port`, () => {
    let given: Awaited<ReturnType<DatabaseContractFactory>>;
    let database: Database<Schema>;
    beforeEach(async () => {
      given = await factory();
      database = await given.provider.open<Schema>('lawful', migrations);
    });
    afterEach(() => given.dispose());

    const things = () => database.query.selectFrom('lawful_thing').selectAll().orderBy('id').execute();
    const insert = (id: string) => ({ id, at: 1_900_000_000_123, flag: 1, body: '{"a":"é"}' });

    test('an instant, a flag and a text come back as they went in', async () => {
      await database.query.insertInto('lawful_thing').values(insert('a')).execute();
      await database.query.insertInto('lawful_thing').values({ id: 'b', at: null, flag: 0, body: null }).execute();
      expect(await things()).toEqual([insert('a'), { id: 'b', at: null, flag: 0, body: null }]);
    });

    test('counts and sums are numbers', async () => {
      await database.query
        .insertInto('lawful_thing')
        .values([insert('a'), insert('b')])
        .execute();
      const row = await database.query
        .selectFrom('lawful_thing')
        .select(({ fn }) => [fn.countAll<number>().as('n'), fn.sum<number>('at').as('total'), fn.max('at').as('last')])
        .executeTakeFirstOrThrow();
      expect(row).toEqual({ n: 2, total: 2 * 1_900_000_000_123, last: 1_900_000_000_123 });
    });

    test('a transaction is seen after it resolves and by the provider that opens the store next', async () => {
      const told = await database.transaction(async (trx) => {
        await trx.insertInto('lawful_thing').values(insert('a')).execute();
        return 'told';
      });
      expect(told).toBe('told');
      expect(await things()).toHaveLength(1);
      await given.provider.close();
      const next = await given.reopen();
      const again = await next.open<Schema>('lawful', migrations);
      expect(await again.query.selectFrom('lawful_thing').selectAll().execute()).toEqual([insert('a')]);
      await next.close();
    });

    test('a transaction whose work throws leaves nothing behind and gives its error as it is', async () => {
      const failure = new Error('changed my mind');
      const attempt = database.transaction(async (trx) => {
        await trx.insertInto('lawful_thing').values(insert('a')).execute();
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      expect(await things()).toEqual([]);
    });

    test('concurrent increments are all counted', async () => {
      await database.query.insertInto('lawful_counter').values({ id: 'c', value: 0 }).execute();
      const increment = () =>
        database.transaction(async (trx) => {
          const { value } = await trx.selectFrom('lawful_counter').select('value').executeTakeFirstOrThrow();
          await trx
            .updateTable('lawful_counter')
            .set({ value: value + 1 })
            .execute();
        });
      await Promise.all(Array.from({ length: 12 }, increment));
      expect(await database.query.selectFrom('lawful_counter').selectAll().execute()).toEqual([{ id: 'c', value: 12 }]);
    });

    test('of concurrent claims by conditional update exactly one wins', async () => {
      await database.query.insertInto('lawful_counter').values({ id: 'c', value: 0 }).execute();
      const claim = () =>
        database.transaction(async (trx) => {
          const { numUpdatedRows } = await trx
            .updateTable('lawful_counter')
            .set({ value: 1 })
            .where('value', '=', 0)
            .executeTakeFirst();
          return Number(numUpdatedRows);
        });
      const won = await Promise.all(Array.from({ length: 8 }, claim));
      expect(won.reduce((a, b) => a + b)).toBe(1);
    });

    test('two rows with one key are a conflict, whose message and details hold no value of the row', async () => {
      await database.query.insertInto('lawful_thing').values(insert('Jansen')).execute();
      const error = await database.query
        .insertInto('lawful_thing')
        .values(insert('Jansen'))
        .execute()
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'VRG_SQL_CONFLICT', kind: 'transient' });
      const { message, details } = error as { message: string; details: unknown };
      expect(JSON.stringify({ message, details })).not.toContain('Jansen');
    });

    test('an insert or update that returns columns gives them', async () => {
      const row = await database.query
        .insertInto('lawful_counter')
        .values({ id: 'c', value: 41 })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ value: 42 }))
        .returning('value')
        .executeTakeFirstOrThrow();
      expect(row.value).toBe(41);
    });

    test('a service that is opened twice in one process keeps its transactions apart', async () => {
      const again = await given.provider.open<Schema>('lawful', migrations);
      const failing = database.transaction(async (trx) => {
        await trx.insertInto('lawful_thing').values(insert('a')).execute();
        await trx.insertInto('lawful_thing').values(insert('b')).execute();
        throw new Error('no');
      });
      const [, kept] = await Promise.allSettled([
        failing,
        again.query.insertInto('lawful_thing').values(insert('c')).execute(),
      ]);
      expect(kept.status).toBe('fulfilled');
      expect(await things()).toEqual([insert('c')]);
    });

    test('two instances that open a new store at once both get it', async () => {
      const other = await given.reopen();
      const both: Migrations = {
        ...migrations,
        '0002-more': {
          up: (db) => sql`create table lawful_more (id text primary key)`.execute(db).then(() => undefined),
        },
      };
      const [a, b] = await Promise.all([given.provider.open('lawful', both), other.open('lawful', both)]);
      await sql`insert into lawful_more (id) values ('x')`.execute(a.query);
      expect((await sql`select id from lawful_more`.execute(b.query)).rows).toEqual([{ id: 'x' }]);
      await other.close();
    });

    test('a migration that fails leaves nothing of itself and can be run again', async () => {
      let broken = true;
      const more: Migrations = {
        ...migrations,
        '0002-more': {
          up: async (db) => {
            await sql`create table lawful_more (id text primary key)`.execute(db);
            if (broken) throw new Error('no');
          },
        },
      };
      await expect(given.provider.open('lawful', more)).rejects.toMatchObject({ code: 'VRG_CONFIG_INVALID' });
      broken = false;
      const opened = await given.provider.open('lawful', more);
      expect((await sql`select id from lawful_more`.execute(opened.query)).rows).toEqual([]);
    });
  });
}
