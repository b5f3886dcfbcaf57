import { type QueryExecutorProvider, sql } from 'kysely';
import { tableOf } from './migrations.ts';

/**
 * Notes an event as handled, in the transaction that has its effect. True when it was noted before: the handler then does nothing.
 * The ids stay for as long as the log can be replayed.
 */
export async function seenBefore(trx: QueryExecutorProvider, service: string, eventId: string): Promise<boolean> {
  const inbox = tableOf(service)('inbox');
  const { numAffectedRows } =
    await sql`insert into ${inbox} (event_id) values (${eventId}) on conflict do nothing`.execute(trx);
  return numAffectedRows === 0n;
}
