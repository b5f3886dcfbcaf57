import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { SqliteReply, SqliteRequest } from './messages.ts';

/**
 * The one thread that touches SQLite files, so that an fsync never stops the main loop.
 * Statements are kept compiled; a service has some dozens of them.
 */
const maxStatements = 500;

type Open = { readonly db: DatabaseSync; readonly statements: Map<string, Compiled> };
type Compiled = { readonly statement: StatementSync; readonly returnsRows: boolean };

const files = new Map<string, Open>();

function open(file: string): Open {
  const known = files.get(file);
  if (known) return known;
  const db = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true });
  // FULL syncs the log at every commit: what a caller was told is there after a power loss.
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  const opened = { db, statements: new Map<string, Compiled>() };
  files.set(file, opened);
  return opened;
}

function compile({ db, statements }: Open, sql: string): Compiled {
  const known = statements.get(sql);
  if (known) return known;
  const statement = db.prepare(sql);
  const compiled = { statement, returnsRows: statement.columns().length > 0 };
  if (statements.size >= maxStatements) statements.clear();
  statements.set(sql, compiled);
  return compiled;
}

/** Whole numbers bind as INTEGER, not REAL: text and untyped columns would otherwise keep `5.0`. */
function bindable(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array) return value;
  throw new TypeError('a parameter is not of a portable type');
}

function execute(request: SqliteRequest): SqliteReply {
  const { statement, returnsRows } = compile(open(request.file), request.sql);
  const values = request.parameters.map(bindable);
  if (returnsRows) {
    const rows = statement.all(...values);
    return { id: request.id, rows, affected: rows.length };
  }
  return { id: request.id, rows: [], affected: Number(statement.run(...values).changes) };
}

parentPort?.on('message', (request: SqliteRequest) => {
  parentPort?.postMessage(reply(request));
});

function reply(request: SqliteRequest): SqliteReply {
  try {
    return execute(request);
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message?: string };
    return { id: request.id, errcode: errcode ?? 1, message: message ?? '' };
  }
}
