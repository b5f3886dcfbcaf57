import { randomBytes } from 'node:crypto';
import { postgresProvider } from '@voorrang/sql';
import { describeWith, sharedPostgres } from '@voorrang/testing';
import { sql } from 'kysely';
import { studyBookContract } from './study-book-contract.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  /** A database of its own in the shared server. */
  const open = async () => {
    const name = `ingest_${randomBytes(6).toString('hex')}`;
    const admin = postgresProvider({ url: server.address });
    const outside = await admin.open<Record<string, never>>('admin', {});
    await sql.raw(`create database ${name}`).execute(outside.query);
    const url = new URL(server.address);
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
  };
  studyBookContract('PostgreSQL', open);
});
