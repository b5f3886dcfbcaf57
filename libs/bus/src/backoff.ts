import type { DurationMs } from '@voorrang/kernel';

/** How long to wait before attempt `failures + 1`: doubles from 100 ms to 10 s, of which a random half is taken off, so that many do not come back together. */
export function backoffMs(failures: number, random: () => number): DurationMs {
  const full = Math.min(10_000, 100 * 2 ** Math.min(failures - 1, 10));
  return Math.round(full * (1 - random() / 2));
}
