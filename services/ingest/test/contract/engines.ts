import { randomBytes } from 'node:crypto';
import { postgresProvider, type SqlProvider, sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import { sql } from 'kysely';

/** An empty database of its own, and how to get rid of it. */
export type GivenDatabase = { readonly provider: SqlProvider; readonly dispose: () => Promise<void> };

export async function ownSqlite(): Promise<GivenDatabase> {
  const directory = await tempDirectory();
  const provider = sqliteProvider({ directory: directory.path });
  return {
    provider,
    dispose: async () => {
      await provider.close();
      await directory.remove();
    },
  };
}

/** A database of its own in a running server. */
export async function ownPostgres(address: string): Promise<GivenDatabase> {
  const name = `ingest_${randomBytes(6).toString('hex')}`;
  const admin = postgresProvider({ url: address });
  const outside = await admin.open<Record<string, never>>('admin', {});
  await sql.raw(`create database ${name}`).execute(outside.query);
  const url = new URL(address);
  url.pathname = `/${name}`;
  const provider = postgresProvider({ url: url.href });
  return {
    provider,
    dispose: async () => {
      await provider.close();
      await sql.raw(`drop database ${name} with (force)`).execute(outside.query);
      await admin.close();
    },
  };
}
