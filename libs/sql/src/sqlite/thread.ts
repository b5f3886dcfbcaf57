import { Worker } from 'node:worker_threads';
import { VoorrangError } from '@voorrang/kernel';
import type { StatementResult } from '../connection-driver.ts';
import type { SqliteReply, SqliteRequest } from './messages.ts';

type Waiting = { readonly resolve: (result: StatementResult) => void; readonly reject: (error: VoorrangError) => void };

/**
 * Main-loop side of the SQLite thread. A thread that dies is replaced at the next use; `generation` tells a session that its transaction died with the old one.
 */
export class SqliteThread {
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;
  readonly #waiting = new Map<number, Waiting>();
  generation = 0;
  failure: string | undefined;

  async run(generation: number, file: string, sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    if (this.#closed) throw new VoorrangError('VRG_SQL_UNAVAILABLE', 'the database is closed');
    const worker = this.#worker ?? this.#start();
    if (generation !== this.generation) {
      throw new VoorrangError('VRG_SQL_UNAVAILABLE', 'the database thread was replaced');
    }
    const id = this.#nextId++;
    const request: SqliteRequest = { id, file, sql, parameters };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage(request);
    });
  }

  /** Starts the thread if need be, so that a session can note its generation. */
  ensure(): number {
    if (this.#worker === undefined && !this.#closed) this.#start();
    return this.generation;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: ['--no-warnings'] });
    this.generation += 1;
    this.#worker = worker;
    worker.unref();
    worker.on('message', (reply: SqliteReply) => this.#settle(worker, reply));
    worker.on('error', () => this.#lost(worker));
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  #settle(worker: Worker, reply: SqliteReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) worker.unref();
    if ('rows' in reply) {
      this.failure = undefined;
      waiting?.resolve(reply);
      return;
    }
    const error = sqliteError(reply.errcode, reply.message);
    if (error.code === 'VRG_SQL_UNAVAILABLE' || error.code === 'VRG_STORAGE_FULL') this.failure = error.message;
    waiting?.reject(error);
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) {
      reject(new VoorrangError('VRG_SQL_UNAVAILABLE', 'the database thread ended'));
    }
    this.#waiting.clear();
  }
}

/** SQLite result codes (https://sqlite.org/rescode.html); the low byte is the primary code. The text goes to `cause` only. */
function sqliteError(errcode: number, message: string): VoorrangError {
  const cause = new Error(message);
  const options = { details: { sqlite: errcode }, cause };
  const primary = errcode & 0xff;
  const unique = errcode === 2067 || errcode === 1555;
  if (primary === 5 || primary === 6 || unique) return new VoorrangError('VRG_SQL_CONFLICT', undefined, options);
  if (primary === 13) return new VoorrangError('VRG_STORAGE_FULL', undefined, options);
  if (primary === 7 || primary === 8 || primary === 10 || primary === 14 || primary === 26 || primary === 11) {
    return new VoorrangError('VRG_SQL_UNAVAILABLE', 'the database file cannot be used', options);
  }
  return new VoorrangError('VRG_INTERNAL', 'a statement failed', options);
}
