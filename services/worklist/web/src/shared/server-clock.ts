/** One reading of the service's clock next to ours, in epoch milliseconds. */
export type ClockSample = { readonly local: number; readonly server: number };

export type ServerClock = { readonly base: ClockSample; readonly rate: number } | null;

const leastApartMs = 2_000;

/**
 * Due times are on the clock of the service, which demos may run faster than real time. Follows offset and speed from readings; a speed within 20 % of
 * real time counts as real time, so that network delay is not mistaken for it.
 */
export function readServerClock(clock: ServerClock, sample: ClockSample): ServerClock {
  if (clock === null) return { base: sample, rate: 1 };
  const localMs = sample.local - clock.base.local;
  if (localMs < leastApartMs) return clock;
  const rate = (sample.server - clock.base.server) / localMs;
  return { base: sample, rate: rate > 0 && Math.abs(rate - 1) > 0.2 ? rate : 1 };
}

export const serverNow = (clock: ServerClock, local: number): number =>
  clock === null ? local : clock.base.server + (local - clock.base.local) * clock.rate;

/** `generatedAt` of an answer: epoch milliseconds or ISO text. */
export function instantOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
