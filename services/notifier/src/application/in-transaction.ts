import type { NewEvent } from '@voorrang/contracts';
import { currentTraceparent } from '@voorrang/platform';
import { appendToOutbox } from '@voorrang/sql';
import { type Notifier, serviceName, type Work } from './ports.ts';

/** Runs work whose events go into the outbox in the same transaction. The work may run again after a conflict. */
export function inTransaction<T>(notifier: Notifier, run: (work: Work) => Promise<T>): Promise<T> {
  const { database, protocol, keys, clock } = notifier;
  const traceparent = currentTraceparent();
  return database.transaction(async (trx) => {
    const events: NewEvent[] = [];
    const now = clock.now();
    const result = await run({ protocol, keys, trx, now, events });
    const traced = traceparent === undefined ? events : events.map((event) => ({ ...event, traceparent }));
    await appendToOutbox(trx, traced, { service: serviceName, observedAt: now });
    return result;
  });
}
