import type { Clock, DurationMs } from '@voorrang/kernel';

/** Waits for `work`, but no longer than `ms`; leaves no timer behind. */
export async function atMost(clock: Clock, ms: DurationMs, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([work, clock.wait(ms, enough.signal)]);
  enough.abort();
}
