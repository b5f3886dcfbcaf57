import type { Kysely, Transaction } from 'kysely';
import type { Migration } from 'kysely/migration';

export type { Migration };
export type Migrations = Readonly<Record<string, Migration>>;

/**
 * One service's tables. The same queries run on PostgreSQL and SQLite: epoch milliseconds as bigint read back as number, booleans as 0/1, JSON as text,
 * work claimed by a conditional update on a lease. Table names begin with the service's name.
 */
export interface Database<Schema> {
  readonly engine: 'postgres' | 'sqlite';
  /** Reads outside a transaction. */
  readonly query: Kysely<Schema>;
  /**
   * Runs `work` in one serialisable transaction and resolves after it is durable. A serialisation failure is retried with the same work (bounded),
   * then rejects `VRG_SQL_CONFLICT`; a lost connection rejects `VRG_SQL_UNAVAILABLE` before and `VRG_SQL_UNKNOWN` during commit.
   */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>;
  /**
   * SQLite only, where one process has the file: runs work that one does at a time, without a lease in the table. All who opened the service's
   * tables from this provider take turns. Statements and transactions of others go on beside it.
   */
  exclusively?<T>(work: () => Promise<T>): Promise<T>;
}

export interface SqlProvider {
  readonly engine: 'postgres' | 'sqlite';
  /** Migrates the service's tables to the newest version and opens them. Migrations are keyed by sortable names and run once each. */
  open<Schema>(service: string, migrations: Migrations): Promise<Database<Schema>>;
  readonly health: { readonly ok: boolean; readonly detail: string };
  close(): Promise<void>;
}
