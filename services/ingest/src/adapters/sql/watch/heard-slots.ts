import type { EpochMs } from '@voorrang/kernel';
import { type Kysely, sql, type Transaction } from 'kysely';
import { slotMs } from '../../../domain/watch/rhythm.ts';
import { type Downtime, downtimesOf } from '../../../domain/watch/silence.ts';
import type { IngestSchema } from '../schema.ts';

type Trx = Transaction<IngestSchema>;

export async function heardAtOf(trx: Trx, sender: string): Promise<EpochMs | null> {
  const row = await trx
    .selectFrom('ingest_heard')
    .select('last_at')
    .where('sender', '=', sender)
    .orderBy('slot_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.last_at ?? null;
}

/** Since when it is known that we listened, at most so far back, and when not. */
export type Listened = { readonly from: EpochMs; readonly downtimes: readonly Downtime[] };

export async function listenedSince(query: Kysely<IngestSchema>, since: EpochMs): Promise<Listened> {
  const rows = await query
    .selectFrom('ingest_heard')
    .select('slot_at')
    .where('sender', '=', '')
    .where('slot_at', '>=', since)
    .orderBy('slot_at')
    .execute();
  const slots = rows.map(({ slot_at }) => slot_at);
  return { from: slots[0] ?? since, downtimes: downtimesOf(slots, slotMs) };
}

/** The newest slot of each sender stays: it says when that was heard last. */
export async function forgetSlots(query: Kysely<IngestSchema>, before: EpochMs): Promise<void> {
  await sql`delete from ingest_heard where slot_at < ${before} and slot_at <
    (select max(newer.slot_at) from ingest_heard newer where newer.sender = ingest_heard.sender)`.execute(query);
}

export type HeardLately = { readonly lastAt: EpochMs; readonly messages: number };

export async function heardSince(
  query: Kysely<IngestSchema>,
  since: EpochMs,
): Promise<ReadonlyMap<string, HeardLately>> {
  const { rows } = await sql<{
    sender: string;
    last_at: number;
    messages: number;
  }>`select sender, max(last_at) as last_at,
    cast(sum(case when slot_at > ${since} then messages else 0 end) as integer) as messages
    from ingest_heard where sender <> '' group by sender`.execute(query);
  return new Map(rows.map(({ sender, last_at, messages }) => [sender, { lastAt: last_at, messages }]));
}
