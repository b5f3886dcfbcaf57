import { VoorrangError } from '@voorrang/kernel';
import pg from 'pg';

/** SQLSTATEs (PostgreSQL manual, appendix A) after which the same transaction may simply run again; 23505 is how a lost race of two inserts shows. */
const conflicts = new Set(['40001', '40P01', '23505']);
/**
 * Shutting down, crashed, starting up, cancelled, a lock out of time, out of memory or connections, in recovery or read-only after a fail-over, out of time in a transaction.
 * With class 58 (errors of the system under it): about the server, never about the statement.
 */
const unavailable = new Set([
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '55P03',
  '53000',
  '53200',
  '53300',
  '25006',
  '25P03',
]);
const full = new Set(['53100']);

/** What is known of an error of `pg`. Its own text can quote values of a row, so it is kept as `cause` only. */
export function postgresError(thrown: unknown): VoorrangError {
  if (thrown instanceof VoorrangError) return thrown;
  // Errors of the connection itself carry a system code (ECONNRESET) or none; only those of the server have an SQLSTATE.
  const state = thrown instanceof pg.DatabaseError ? thrown.code : undefined;
  const options = { details: { sqlState: state ?? null }, cause: thrown };
  if (state === undefined) return new VoorrangError('VRG_SQL_UNAVAILABLE', undefined, options);
  if (conflicts.has(state)) return new VoorrangError('VRG_SQL_CONFLICT', undefined, options);
  if (full.has(state)) return new VoorrangError('VRG_STORAGE_FULL', undefined, options);
  if (state.startsWith('08') || state.startsWith('58') || unavailable.has(state)) {
    return new VoorrangError('VRG_SQL_UNAVAILABLE', undefined, options);
  }
  return new VoorrangError('VRG_INTERNAL', 'a statement failed', options);
}
