import { randomBytes } from 'node:crypto';
import { longestFact } from '@voorrang/bus';
import { type Event, encodeEvent, eventIdOf, type NewEvent, topicOf } from '@voorrang/contracts';
import { type EpochMs, VoorrangError } from '@voorrang/kernel';
import { type QueryExecutorProvider, sql } from 'kysely';
import { chunksOf } from './chunks.ts';
import { tableOf } from './migrations.ts';

export type OutboxOptions = {
  readonly service: string;
  /** Our clock at this append; becomes `stamp.observedAt`, or that of the append before when the clock was set back. */
  readonly observedAt: EpochMs;
};

/**
 * Puts events into the service's outbox in the caller's transaction and gives them their stamp: `ingestId` is the service and the random name its
 * database got at the first append, `seq` the place in the outbox. One counter row numbers all appends, so the order of numbers is the order of commits.
 * It also keeps the newest instant: a later act never has an earlier stamp, which would let it lose against what it followed. Rejects with `VRG_EVENT_TOO_LARGE` for what
 * no bus carries: in the outbox it would stand before everything that comes after it, for ever.
 */
export async function appendToOutbox(
  trx: QueryExecutorProvider,
  events: readonly NewEvent[],
  { service, observedAt }: OutboxOptions,
): Promise<readonly Event[]> {
  if (events.length === 0) return [];
  const { instance, first, at } = await takeNumbers(trx, service, events.length, observedAt);
  const stamped = events.map((event, index): Event => {
    const stamp = { observedAt: at, ingestId: `${service}-${instance}`, seq: first + index };
    return { ...event, id: eventIdOf(stamp), stamp };
  });
  const outbox = tableOf(service)('outbox');
  for (const part of chunksOf(stamped, 500)) {
    await sql`insert into ${outbox} (sequence, id, topic, key, value, traceparent)
      values ${sql.join(part.map(rowOf))}`.execute(trx);
  }
  return stamped;
}

function rowOf(event: Event) {
  const topic = topicOf(event.type);
  if (topic === undefined) throw new VoorrangError('VRG_INTERNAL', `no topic carries ${event.type}`);
  const bytes = Buffer.from(encodeEvent(event));
  if (bytes.length > longestFact)
    throw new VoorrangError('VRG_EVENT_TOO_LARGE', undefined, { details: { bytes: bytes.length, limit: longestFact } });
  const value = bytes.toString('utf8');
  return sql`(${event.stamp.seq}, ${event.id}, ${topic}, ${event.key}, ${value}, ${event.traceparent ?? null})`;
}

async function takeNumbers(
  trx: QueryExecutorProvider,
  service: string,
  count: number,
  observedAt: EpochMs,
): Promise<{ instance: string; first: number; at: EpochMs }> {
  const head = tableOf(service)('outbox_head');
  const take = () =>
    sql<{ instance: string; next_sequence: number; last_observed_at: number }>`update ${head}
      set next_sequence = next_sequence + ${count},
        last_observed_at = case when last_observed_at > ${observedAt} then last_observed_at else ${observedAt} end
      where one = 1 returning instance, next_sequence, last_observed_at`.execute(trx);
  let [row] = (await take()).rows;
  if (row === undefined) {
    const instance = randomBytes(6).toString('hex');
    await sql`insert into ${head} (one, instance, next_sequence, last_observed_at) values (1, ${instance}, 1, 0) on conflict do nothing`.execute(
      trx,
    );
    [row] = (await take()).rows;
  }
  if (row === undefined) throw new VoorrangError('VRG_INTERNAL', 'the outbox has no counter');
  return { instance: row.instance, first: row.next_sequence - count, at: row.last_observed_at };
}
