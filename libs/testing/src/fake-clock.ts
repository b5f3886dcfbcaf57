import type { Clock, DurationMs, EpochMs } from '@voorrang/kernel';

type Waiting = { readonly due: EpochMs; readonly order: number; readonly wake: () => void };

// Taken at load, so that a test with fake timers can still settle promises.
const realSetImmediate = setImmediate;

/**
 * Lets promise chains, and callbacks that are ready in the event loop, run to their end.
 * It cannot know of I/O that is still under way: wait for that with `waitUntil`.
 */
export async function settle(turns = 8): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => realSetImmediate(resolve));
}

/** A clock that stands still until the test moves it. */
export class FakeClock implements Clock {
  #now: EpochMs;
  #order = 0;
  #waiting: Waiting[] = [];

  /** Default start: a Tuesday morning in UTC, far from any change of summer time. */
  constructor(start: EpochMs | string = '2026-03-03T08:00:00.000Z') {
    this.#now = typeof start === 'string' ? Date.parse(start) : start;
  }

  now(): EpochMs {
    return this.#now;
  }

  wait(ms: DurationMs, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        this.#waiting = this.#waiting.filter((entry) => entry !== waiting);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const waiting: Waiting = { due: this.#now + Math.max(0, ms), order: this.#order++, wake };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Number of waits that are not yet due. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** Instant of the next wait, or `undefined` when nobody waits. */
  get nextDue(): EpochMs | undefined {
    return this.#next()?.due;
  }

  /**
   * Moves the clock by `ms`. Waits on the way are woken one by one, earliest first and equal ones in the order they were made, each with the
   * clock at its own due time, and what they start is settled before the next: a wait that is begun on the way is woken too when it falls due.
   */
  async advance(ms: DurationMs): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /** Like `advance`, to an instant. An earlier instant than now only settles. */
  async advanceTo(at: EpochMs): Promise<void> {
    await settle();
    for (let next = this.#next(); next !== undefined && next.due <= at; next = this.#next()) {
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await settle();
    }
    this.#now = Math.max(this.#now, at);
    await settle();
  }

  #next(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const entry of this.#waiting) {
      if (next === undefined || entry.due < next.due || (entry.due === next.due && entry.order < next.order))
        next = entry;
    }
    return next;
  }
}
