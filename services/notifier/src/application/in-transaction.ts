import type { NewEvent } from '@voorrang/contracts';
import { currentTraceparent } from '@voorrang/platform';
import { appendToOutbox } from '@voorrang/sql';
import { type Notifier, serviceName, type Work } from './ports.ts';

/**
 * Runs work whose events go into the outbox in the same transaction. The work may run again after a conflict.
 * `cause`: stored trace context of what this goes on with, for when this process itself records no traces.
 */
export function inTransaction<T>(
  notifier: Notifier,
  run: (work: Work) => Promise<T>,
  cause?: string | null,
): Promise<T> {
  const { database, protocol, keys, clock } = notifier;
  const traceparent = currentTraceparent() ?? cause ?? undefined;
  return database.transaction(async (trx) => {
    const events: NewEvent[] = [];
    const now = clock.now();
    const result = await run({ protocol, keys, trx, now, events, traceparent });
    await appendToOutbox(trx, events, { service: serviceName, observedAt: now });
    return result;
  });
}
