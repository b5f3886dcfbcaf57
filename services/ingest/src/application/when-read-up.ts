import type { Spool, Subscription } from '@voorrang/bus';
import type { Clock, DurationMs } from '@voorrang/kernel';

/**
 * Resolves when every fact that was durable here at the call has reached the assembler, or after `atMostMs`. A study whose images wait behind an outage
 * has not been quiet: without this a backlog would settle it several times. With the bus away for long the stored due time wins in the end.
 */
export async function whenReadUp(
  spool: Pick<Spool, 'drained'>,
  subscription: Pick<Subscription, 'caughtUp'>,
  clock: Clock,
  { atMostMs, stopping }: { readonly atMostMs: DurationMs; readonly stopping: AbortSignal },
): Promise<void> {
  const done = new AbortController();
  const expired = clock.wait(atMostMs, AbortSignal.any([done.signal, stopping]));
  const readUp = async (): Promise<void> => {
    await spool.drained(done.signal);
    if (!done.signal.aborted) await subscription.caughtUp(done.signal);
  };
  try {
    await Promise.race([readUp().catch(() => expired), expired]);
  } finally {
    done.abort();
  }
}
