import { type DurationMs, systemClock } from '@voorrang/kernel';

/** The broker knows nothing of a sped-up clock: whatever is agreed with it or waits for it runs in real time. */
export const brokerTime = systemClock();

/** Waits for `work`, but no longer than `ms`; leaves no timer behind. */
export async function atMost(ms: DurationMs, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([work, brokerTime.wait(ms, enough.signal)]);
  enough.abort();
}
