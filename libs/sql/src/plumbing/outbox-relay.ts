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

const batchSize = 500;
const leaseMs = 10_000;
/** How soon a relay asks again for a lease that another holds. */
const heldMs = 50;

type Row = { sequence: number; topic: string; key: string; value: string; traceparent: string | null };

/**
 * Publishes the outbox in order and removes what the bus has taken. A crash between the two publishes again: readers know an event by its id.
 * One instance at a time, by a lease that is given up when the outbox is empty.
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

  const round = async (): Promise<{ waitMs: number }> => {
    if ((await waitingRows()).length === 0) return { waitMs: maxIdleMs };
    if (!(await lease.take(clock.now()))) return { waitMs: heldMs };
    // Read again under the lease: the former holder may have published these in the meantime.
    const rows = await waitingRows();
    const last = rows.at(-1);
    if (last !== undefined) {
      await bus.publish(rows.map(recordOf));
      faultPoint('outbox.relay.published');
      await sql`delete from ${outbox} where sequence <= ${last.sequence}`.execute(database.query);
    }
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
      await lease.giveUp().catch(() => undefined);
    },
  };
}

const recordOf = ({ topic, key, value, traceparent }: Row): OutgoingRecord => ({
  topic: topic as Topic,
  key,
  value: Buffer.from(value),
  ...(traceparent === null ? {} : { headers: { traceparent } }),
});
