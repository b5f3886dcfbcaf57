import { faultPoint, VoorrangError } from '@voorrang/kernel';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';

export type StatementResult = { readonly rows: readonly unknown[]; readonly affected: number };

/** One session of an engine. Errors of `run` are already `VoorrangError`. */
export interface SqlSession {
  run(sql: string, parameters: readonly unknown[]): Promise<StatementResult>;
  /** True once the session can no longer be trusted; it is thrown away at release. */
  readonly broken: boolean;
}

/** What differs between the engines below Kysely. */
export interface SqlEngine {
  acquire(): Promise<SqlSession>;
  release(session: SqlSession, broken: boolean): void;
  beginStatement(settings: TransactionSettings): string;
  close(): Promise<void>;
}

class Connection implements DatabaseConnection {
  readonly session: SqlSession;
  failed = false;

  constructor(session: SqlSession) {
    this.session = session;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected } = await this.session.run(query.sql, query.parameters);
    return { rows: rows as R[], numAffectedRows: BigInt(affected) };
  }

  // biome-ignore lint/correctness/useYield: required by the interface; nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new VoorrangError('VRG_INTERNAL', 'streaming queries are not offered');
  }
}

/** The Kysely driver of both engines: sessions, transactions, and the classification of a lost commit. */
export class ConnectionDriver implements Driver {
  readonly #engine: SqlEngine;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    return new Connection(await this.#engine.acquire());
  }

  async beginTransaction(connection: Connection, settings: TransactionSettings): Promise<void> {
    try {
      await connection.session.run(this.#engine.beginStatement(settings), []);
    } catch (error) {
      connection.failed = true;
      throw error;
    }
  }

  async commitTransaction(connection: Connection): Promise<void> {
    faultPoint('sql.transaction.before-commit');
    try {
      await connection.session.run('commit', []);
    } catch (error) {
      connection.failed = true;
      const conflict = error instanceof VoorrangError && error.code === 'VRG_SQL_CONFLICT';
      throw conflict ? error : new VoorrangError('VRG_SQL_UNKNOWN', undefined, { cause: error });
    }
    faultPoint('sql.transaction.committed');
  }

  /** Never rejects: the error that led here must not be hidden by a second one. A session that cannot roll back is thrown away. */
  async rollbackTransaction(connection: Connection): Promise<void> {
    try {
      await connection.session.run('rollback', []);
    } catch {
      connection.failed = true;
    }
  }

  async releaseConnection(connection: Connection): Promise<void> {
    this.#engine.release(connection.session, connection.failed || connection.session.broken);
  }

  async destroy(): Promise<void> {
    await this.#engine.close();
  }
}
