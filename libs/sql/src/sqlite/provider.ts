import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { VoorrangError } from '@voorrang/kernel';
import { type Dialect, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { ConnectionDriver, type SqlEngine, type SqlSession } from '../connection-driver.ts';
import { openDatabase, tablePrefix } from '../database.ts';
import type { Database, Migrations, SqlProvider } from '../port.ts';
import { Mutex } from './mutex.ts';
import { SqliteThread } from './thread.ts';

/** SQLite's DDL is transactional; Kysely's own adapter says otherwise, and a kill in mid-migration would then leave half of it. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  /** Sessions queue in our own mutex, which can tell a query that would wait for its own transaction. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Where an asynchronous context stands towards the transaction it was started in. */
type Mark = { stage: 'waiting' | 'inside' | 'done' };

/**
 * `node:sqlite` in one worker thread, one file per service under `directory`: write-ahead log, synchronous FULL, foreign keys on.
 * One connection per service, so statements of a service wait for each other; a read inside `transaction` must go through its `trx`.
 */
export function sqliteProvider({ directory }: { readonly directory: string }): SqlProvider {
  const thread = new SqliteThread();
  const engines = new Map<string, SqliteEngine>();
  mkdirSync(directory, { recursive: true });
  /** One engine per file, however often it is opened: all share the one connection and must queue together. */
  const engineOf = (service: string): SqliteEngine => {
    const file = join(directory, `${tablePrefix(service)}.sqlite`);
    const engine = engines.get(file) ?? new SqliteEngine(thread, file);
    engines.set(file, engine);
    return engine;
  };
  return {
    engine: 'sqlite',
    open: <Schema>(service: string, migrations: Migrations): Promise<Database<Schema>> => {
      const engine = engineOf(service);
      return openDatabase<Schema>(
        'sqlite',
        dialectOf(engine),
        service,
        migrations,
        (run) => engine.marked(run),
        (work) => engine.exclusively(work),
      );
    },
    get health() {
      return { ok: thread.failure === undefined, detail: thread.failure ?? 'SQLite' };
    },
    close: () => thread.close(),
  };
}

class SqliteEngine implements SqlEngine {
  readonly #thread: SqliteThread;
  readonly #file: string;
  readonly #inside = new AsyncLocalStorage<Mark>();
  readonly #mutex = new Mutex();
  readonly #turns = new Mutex();

  constructor(thread: SqliteThread, file: string) {
    this.#thread = thread;
    this.#file = file;
  }

  /** Runs a transaction so that a query beside it, which would wait for it for ever, can be told. */
  async marked<T>(run: () => Promise<T>): Promise<T> {
    const mark: Mark = { stage: 'waiting' };
    try {
      return await this.#inside.run(mark, run);
    } finally {
      mark.stage = 'done';
    }
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    await this.#turns.lock();
    try {
      return await work();
    } finally {
      this.#turns.unlock();
    }
  }

  async acquire(): Promise<SqlSession> {
    const mark = this.#inside.getStore();
    if (mark?.stage === 'inside') {
      throw new VoorrangError('VRG_INTERNAL', 'a query beside the transaction that waits for it; use its trx');
    }
    await this.#mutex.lock();
    // The transaction itself takes its connection first; anything after that from inside it would wait for ever.
    if (mark?.stage === 'waiting') mark.stage = 'inside';
    const generation = this.#thread.ensure();
    return {
      broken: false,
      run: (sql, parameters) => this.#thread.run(generation, this.#file, sql, parameters),
    };
  }

  release(): void {
    this.#mutex.unlock();
  }

  beginStatement(): string {
    return 'begin immediate';
  }

  async close(): Promise<void> {}
}

const dialectOf = (engine: SqlEngine): Dialect => ({
  createDriver: () => new ConnectionDriver(engine),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createAdapter: () => new TransactionalSqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
});
