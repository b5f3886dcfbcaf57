import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  /** Longest wait in milliseconds of real time; default 10 000. */
  readonly deadlineMs?: number;
  /** What is awaited, for the message of a failure. */
  readonly what?: string;
  /** Time between two looks in milliseconds; default 10. */
  readonly everyMs?: number;
};

/**
 * Looks until `predicate` gives something truthy and resolves with it. Rejects after the deadline with `what` and the last error of the predicate;
 * an error of the predicate before that counts as "not yet".
 */
export async function waitUntil<T>(
  predicate: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<NonNullable<T>> {
  const { deadlineMs = 10_000, what = 'the condition', everyMs = 10 } = options;
  const until = performance.now() + deadlineMs;
  for (let last: unknown; ; ) {
    try {
      const value = await predicate();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= until) {
      throw new Error(`waited ${deadlineMs} ms for ${what}`, last === undefined ? {} : { cause: last });
    }
    await delay(everyMs);
  }
}
