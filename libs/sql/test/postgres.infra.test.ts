import { randomBytes } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { describeWith, sharedPostgres } from '@voorrang/testing';
import { sql } from 'kysely';
import pg from 'pg';
import { postgresProvider } from '../src/index.ts';
import { type DatabaseContractFactory, databaseContract, plumbingContract } from '../src/testing/index.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  const admin = new pg.Pool({ connectionString: server.address, max: 2 });
  afterAll(() => admin.end());

  /** A database of its own in the shared server. */
  const freshDatabase = async (): Promise<{ url: string; drop: () => Promise<void> }> => {
    const name = `voorrang_${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${name}`);
    const url = new URL(server.address);
    url.pathname = `/${name}`;
    return {
      url: url.href,
      drop: async () => void (await admin.query(`drop database ${name} with (force)`)),
    };
  };

  const factory: DatabaseContractFactory = async () => {
    const { url, drop } = await freshDatabase();
    const provider = postgresProvider({ url });
    return {
      provider,
      reopen: async () => postgresProvider({ url }),
      dispose: async () => {
        await provider.close();
        await drop();
      },
    };
  };
  databaseContract('PostgreSQL', factory);
  plumbingContract('PostgreSQL', factory);

  describe('a connection that is lost', () => {
    test('before the commit is told as unavailable, and the next use works again', async () => {
      const { url, drop } = await freshDatabase();
      const provider = postgresProvider({ url });
      const database = await provider.open('lost', {});
      const attempt = database.transaction(async (trx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
        await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        await sql`select 1`.execute(trx);
      });
      await expect(attempt).rejects.toMatchObject({ code: 'VRG_SQL_UNAVAILABLE', kind: 'transient' });
      expect((await sql`select 1 as one`.execute(database.query)).rows).toEqual([{ one: 1 }]);
      await provider.close();
      await drop();
    });

    test('during the commit is told as unknown', async () => {
      const { url, drop } = await freshDatabase();
      const proxy = await cuttingProxy(url);
      const provider = postgresProvider({ url: proxy.url });
      const database = await provider.open('lost', {});
      const attempt = database.transaction(async (trx) => {
        await sql`create table lost_thing (id integer)`.execute(trx);
        proxy.cutAt('commit');
      });
      await expect(attempt).rejects.toMatchObject({ code: 'VRG_SQL_UNKNOWN', kind: 'ambiguous' });
      proxy.cutAt(undefined);
      expect((await sql`select 1 as one`.execute(database.query)).rows).toEqual([{ one: 1 }]);
      await provider.close();
      await proxy.close();
      await drop();
    });

    test('or never made is told as unavailable and shown in health', async () => {
      const provider = postgresProvider({ url: 'postgres://nobody@127.0.0.1:1/none' });
      await expect(provider.open('lost', {})).rejects.toMatchObject({ code: 'VRG_SQL_UNAVAILABLE' });
      expect(provider.health.ok).toBe(false);
      await provider.close();
    });
  });
});

/** Passes bytes on, until the client sends one statement: then it cuts both sides without an answer. */
async function cuttingProxy(target: string) {
  const { hostname, port } = new URL(target);
  let cutOn: string | undefined;
  const sockets = new Set<Socket>();
  const proxy: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      if (cutOn !== undefined && bytes.includes(cutOn)) {
        client.destroy();
        upstream.destroy();
      } else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as { port: number }).port);
  return {
    url: url.href,
    cutAt: (statement: string | undefined) => {
      cutOn = statement;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
