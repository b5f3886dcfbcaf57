import type { DurationMs, EpochMs } from './time.ts';

/**
 * The one source of time. Domain code never sees it: it is given instants.
 * `wait` resolves after `ms` of this clock's time, or at once when `signal` aborts; it never rejects.
 */
export interface Clock {
  now(): EpochMs;
  wait(ms: DurationMs, signal?: AbortSignal): Promise<void>;
}

/** Wall clock, sped up `scale` times from `origin` on (1 = real time). Processes that share data must share the origin. */
export function systemClock(scale = 1, origin: EpochMs = Date.now()): Clock {
  return {
    now: () => (scale === 1 ? Date.now() : Math.floor(origin + (Date.now() - origin) * scale)),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(Math.max(0, ms) / scale, 2 ** 31 - 1));
        signal?.addEventListener('abort', done, { once: true });
      }),
  };
}
