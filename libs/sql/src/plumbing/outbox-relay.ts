import { randomUUID } from 'node:crypto';
import type { EventBus, OutgoingRecord } from '@voorrang/bus';
import type { Topic } from '@voorrang/contracts';
import { type Clock, type DurationMs, faultPoint } from '@voorrang/kernel';
import type { HealthPart, Logger } from '@voorrang/platform';
import { sql } from 'kysely';
import type { Database } from '../port.ts';
import { leaseOn } from './lease.ts';
import { startLoop } from './loop.ts';
import { tableOf } from './migrations.ts';

export type OutboxRelayOptions<Schema> = {
  readonly service: string;
  readonly database: Database<Schema>;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often an idle relay looks for what another instance left behind; default 1 s. */
  readonly maxIdleMs?: DurationMs;
};

export interface OutboxRelay {
  /** To be called after each commit that appended. */
  nudge(): void;
  health(): HealthPart;
  stop(): Promise<void>;
}

const batchSize = 1_000;
const leaseMs = 10_000;
/** How soon a relay asks again for a lease that another holds. */
const heldMs = 50;

type Row = { sequence: number; topic: string; key: string; value: string; traceparent: string | null };

/**
 * Publishes the outbox in order and removes what the bus has taken. A crash between the two publishes again: readers know an event by its id.
 * One instance at a time, by a lease that is given up when the outbox is empty. SQLite needs none: one process has the file, and of two relays in that
 * process each takes its turn.
 */
export function startOutboxRelay<Schema>(options: OutboxRelayOptions<Schema>): OutboxRelay {
  const { service, database, bus, clock, logger, maxIdleMs = 1_000 } = options;
  const outbox = tableOf(service)('outbox');
  const lease = leaseOn(database.query, { service, name: 'outbox-relay', holder: randomUUID(), leaseMs });
  const waitingRows = async (): Promise<readonly Row[]> =>
    (
      await sql<Row>`select sequence, topic, key, value, traceparent from ${outbox}
        order by sequence limit ${batchSize}`.execute(database.query)
    ).rows;

  const publish = async (rows: readonly Row[]): Promise<void> => {
    const last = rows.at(-1);
    if (last === undefined) return;
    await bus.publish(rows.map(recordOf));
    faultPoint('outbox.relay.published');
    await sql`delete from ${outbox} where sequence <= ${last.sequence}`.execute(database.query);
  };

  /** What is committed after the reading is nudged for, so an outbox that was read to its end needs no second look. */
  const aloneRound = async (): Promise<{ waitMs: number }> => {
    const rows = await waitingRows();
    await publish(rows);
    return { waitMs: rows.length < batchSize ? maxIdleMs : 0 };
  };

  const round = async (): Promise<{ waitMs: number }> => {
    if (database.exclusively !== undefined) return database.exclusively(aloneRound);
    if ((await waitingRows()).length === 0) return { waitMs: maxIdleMs };
    if (!(await lease.take(clock.now()))) return { waitMs: heldMs };
    // Read again under the lease: the former holder may have published these in the meantime.
    const rows = await waitingRows();
    await publish(rows);
    if (rows.length < batchSize) await lease.giveUp();
    return { waitMs: 0 };
  };

  const loop = startLoop({ name: `${service} outbox`, clock, logger, round });
  return {
    nudge: loop.nudge,
    health: () =>
      loop.error === undefined ? { ok: true, detail: 'relaying' } : { ok: false, detail: loop.error.code },
    stop: async () => {
      await loop.stop();
      if (database.exclusively === undefined) await lease.giveUp().catch(() => undefined);
    },
  };
}

const recordOf = ({ topic, key, value, traceparent }: Row): OutgoingRecord => ({
  topic: topic as Topic,
  key,
  value: Buffer.from(value),
  ...(traceparent === null ? {} : { headers: { traceparent } }),
});
