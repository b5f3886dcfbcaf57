import type { Clock, DurationMs, EpochMs } from '@voorrang/kernel';
import type { HealthPart, Logger } from '@voorrang/platform';
import type { Lease } from './lease.ts';
import { startLoop } from './loop.ts';

export type DueLoopOptions = {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The earliest stored due time, or nothing; 0 is at once, without a time since when. */
  readonly nextDueAt: () => Promise<EpochMs | undefined>;
  /** Does what is due at `now`, and makes it due no more. Several instances may call it at once unless a `lease` is given. */
  readonly runDue: (now: EpochMs) => Promise<void>;
  readonly lease?: Lease;
  /** Looks again after this long without a nudge: another instance may have stored something. Default 1 s. */
  readonly maxIdleMs?: DurationMs;
  /** Health is not ok when the next due time is further past than this. Default 30 s. */
  readonly overdueMs?: DurationMs;
};

export interface DueLoop {
  /** To be called after a commit that stored a due time. */
  nudge(): void;
  health(): HealthPart;
  stop(): Promise<void>;
}

/** A loop over due times that are stored, so that a restart or an outage delays but never drops them. */
export function startDueLoop(options: DueLoopOptions): DueLoop {
  const { name, clock, logger, nextDueAt, runDue, lease, maxIdleMs = 1_000, overdueMs = 30_000 } = options;
  let next: EpochMs | undefined;
  /** When it was seen first that something is to be done at once. */
  let atOnceSince: EpochMs | undefined;
  const loop = startLoop({
    name,
    clock,
    logger,
    round: async () => {
      next = await nextDueAt();
      const now = clock.now();
      atOnceSince = next === 0 ? (atOnceSince ?? now) : undefined;
      if (next === undefined || next > now) return { waitMs: Math.min(maxIdleMs, (next ?? Infinity) - now) };
      if (lease !== undefined && !(await lease.take(now))) return { waitMs: maxIdleMs };
      await runDue(now);
      return { waitMs: 0 };
    },
  });
  return {
    nudge: loop.nudge,
    health: () => {
      if (loop.error !== undefined) return { ok: false, detail: loop.error.code };
      const since = atOnceSince ?? next;
      const lateMs = since === undefined ? 0 : clock.now() - since;
      return lateMs > overdueMs
        ? { ok: false, detail: `overdue by ${Math.round(lateMs / 1000)} s` }
        : { ok: true, detail: 'on time' };
    },
    stop: async () => {
      await loop.stop();
      await lease?.giveUp().catch(() => undefined);
    },
  };
}
