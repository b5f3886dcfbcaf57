import { type QueryExecutorProvider, sql } from 'kysely';
import { chunksOf } from './chunks.ts';
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

/** As `seenBefore` for many events, in one statement per thousand: gives the ids that are new. An id that comes twice is new once. */
export async function notSeenBefore(
  trx: QueryExecutorProvider,
  service: string,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const inbox = tableOf(service)('inbox');
  const fresh = new Set<string>();
  for (const ids of chunksOf([...new Set(eventIds)], 1_000)) {
    const { rows } = await sql<{ event_id: string }>`insert into ${inbox} (event_id)
      values ${sql.join(ids.map((id) => sql`(${id})`))} on conflict do nothing returning event_id`.execute(trx);
    for (const { event_id } of rows) fresh.add(event_id);
  }
  return fresh;
}
