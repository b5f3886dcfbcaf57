import { VoorrangError } from '@voorrang/kernel';
import { type Dialect, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import { ConnectionDriver, type SqlEngine, type SqlSession } from '../connection-driver.ts';
import { openDatabase } from '../database.ts';
import type { Database, Migrations, SqlProvider } from '../port.ts';
import { postgresError } from './postgres-error.ts';

/** Object ids of pg_type: int8 and numeric (what `sum(int8)` gives). Both are read as numbers; one beyond 2^53 is an error, never rounded. */
const wholeNumberTypes = new Set([20, 1700]);

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new VoorrangError('VRG_INTERNAL', 'a number of the database does not fit');
  }
  return value;
}

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    wholeNumberTypes.has(oid) ? wholeNumber : pg.types.getTypeParser(oid, format as 'text'),
};

export type PostgresOptions = {
  /** `postgres://user:password@host/database` */
  readonly url: string;
  readonly maxConnections?: number;
};

/** PostgreSQL through a pool of `pg`. All services share one database; their tables are told apart by prefix. */
export function postgresProvider({ url, maxConnections = 10 }: PostgresOptions): SqlProvider {
  let failure: string | undefined;
  let closing: Promise<void> | undefined;
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 30_000,
    query_timeout: 30_000,
    keepAlive: true,
    types,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const engine = new PostgresEngine(pool, (told) => {
    failure = told;
  });
  return {
    engine: 'postgres',
    open: <Schema>(service: string, migrations: Migrations): Promise<Database<Schema>> =>
      openDatabase<Schema>('postgres', dialectOf(engine), service, migrations),
    get health() {
      return { ok: failure === undefined, detail: failure ?? 'PostgreSQL' };
    },
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
}

class PostgresSession implements SqlSession {
  broken = false;
  readonly client: pg.PoolClient;
  readonly #onLost: () => void = () => {
    this.broken = true;
  };

  constructor(client: pg.PoolClient) {
    this.client = client;
    client.on('error', this.#onLost);
  }

  async run(sql: string, parameters: readonly unknown[]): ReturnType<SqlSession['run']> {
    try {
      const { rows, rowCount, command } = await this.client.query({ text: sql, values: parameters.map(portable) });
      // `COMMIT` of a transaction in which a statement failed answers ROLLBACK.
      if (sql === 'commit' && command === 'ROLLBACK') throw new VoorrangError('VRG_SQL_CONFLICT');
      return { rows, affected: rowCount ?? 0 };
    } catch (thrown) {
      const error = postgresError(thrown);
      if (error.code === 'VRG_SQL_UNAVAILABLE') this.broken = true;
      throw error;
    }
  }

  detach(): void {
    this.client.off('error', this.#onLost);
  }
}

const portable = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);

class PostgresEngine implements SqlEngine {
  readonly #pool: pg.Pool;
  readonly #tell: (failure: string | undefined) => void;

  constructor(pool: pg.Pool, tell: (failure: string | undefined) => void) {
    this.#pool = pool;
    this.#tell = tell;
  }

  async acquire(): Promise<PostgresSession> {
    try {
      const client = await this.#pool.connect();
      this.#tell(undefined);
      return new PostgresSession(client);
    } catch (cause) {
      const error = new VoorrangError('VRG_SQL_UNAVAILABLE', undefined, { cause });
      this.#tell(error.message);
      throw error;
    }
  }

  release(session: SqlSession, broken: boolean): void {
    if (!(session instanceof PostgresSession)) return;
    session.detach();
    session.client.release(broken);
  }

  beginStatement({ isolationLevel }: { readonly isolationLevel?: string }): string {
    return isolationLevel === undefined ? 'begin' : `begin isolation level ${isolationLevel}`;
  }

  async close(): Promise<void> {}
}

const dialectOf = (engine: SqlEngine): Dialect => ({
  createDriver: () => new ConnectionDriver(engine),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
});
