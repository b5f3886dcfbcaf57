import { setTimeout as delay } from 'node:timers/promises';
import { VoorrangError } from '@voorrang/kernel';
import { type Dialect, Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Database, Migrations } from './port.ts';

/** Attempts of one transaction before its conflict is told to the caller; with the waits below this lasts about three seconds. */
const maxAttempts = 24;

/** Opens one service's tables over a dialect and brings them to the newest version. */
export async function openDatabase<Schema>(
  engine: Database<Schema>['engine'],
  dialect: Dialect,
  service: string,
  migrations: Migrations,
  around: <T>(run: () => Promise<T>) => Promise<T> = (run) => run(),
  exclusively?: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Database<Schema>> {
  const query = new Kysely<Schema>({ dialect });
  await migrate(query, service, migrations);
  if (engine === 'sqlite' && '0000-shared' in migrations) await forgetLeases(query, service);
  return {
    engine,
    query,
    ...(exclusively === undefined ? {} : { exclusively }),
    transaction: (work) =>
      retrying(() => around(() => query.transaction().setIsolationLevel('serializable').execute(work))),
  };
}

/** One process at a time has a database file, so a lease found at the start is that of a dead one: what it held goes on at once. */
async function forgetLeases<Schema>(query: Kysely<Schema>, service: string): Promise<void> {
  await sql`update ${sql.table(`${tablePrefix(service)}_lease`)} set until = 0`.execute(query);
}

export const tablePrefix = (service: string): string => service.replaceAll('-', '_');

async function migrate<Schema>(query: Kysely<Schema>, service: string, migrations: Migrations): Promise<void> {
  const migrator = new Migrator({
    db: query,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: `${tablePrefix(service)}_migration`,
    migrationLockTableName: `${tablePrefix(service)}_migration_lock`,
    // Shared tables (inbox, outbox) and the service's own ones are numbered apart.
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof VoorrangError && error.kind === 'transient') throw error;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  throw new VoorrangError('VRG_CONFIG_INVALID', 'a database migration failed', {
    details: { service, migration: failed ?? null },
    cause: error,
  });
}

/** A loser of a race waits a little longer each time, at random, so that the same two do not meet again. */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      const conflict = error instanceof VoorrangError && error.code === 'VRG_SQL_CONFLICT';
      if (!conflict || tried >= maxAttempts) throw error;
      await delay(Math.random() * Math.min(250, 2 ** tried));
    }
  }
}
