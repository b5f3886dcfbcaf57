import type { EpochMs } from '@voorrang/kernel';
import type { AssociationState } from './association-state.ts';
import { type Expiry, expiryOf, type TimerLimits } from './association-timers.ts';

/** What one connection has done and when, for its timers. */
export class AssociationActivity {
  #artimStartedAt: EpochMs;
  #lastHeardAt: EpochMs;
  #quietSince: EpochMs;
  #measuredSince: EpochMs;
  #measuredBytes = 0;

  constructor(now: EpochMs) {
    this.#artimStartedAt = now;
    this.#lastHeardAt = now;
    this.#quietSince = now;
    this.#measuredSince = now;
  }

  get lastHeardAt(): EpochMs {
    return this.#lastHeardAt;
  }

  startArtim(now: EpochMs): void {
    this.#artimStartedAt = now;
  }

  heard(bytes: number, now: EpochMs): void {
    this.#lastHeardAt = now;
    this.#quietSince = now;
    this.#measuredBytes += bytes;
  }

  /** The last answer that was owed is given: the peer has its time from now. */
  answered(now: EpochMs): void {
    this.#quietSince = now;
  }

  messageEnded(): void {
    this.#measureFrom(this.#lastHeardAt);
  }

  /** Which timer has run out. `isUnderWay`: part of a message is here and the rest is not. */
  check(
    state: AssociationState,
    { isOwedAnswer, isUnderWay }: { readonly isOwedAnswer: boolean; readonly isUnderWay: boolean },
    limits: TimerLimits,
    now: EpochMs,
  ): Exclude<Expiry, 'progress-measured'> | undefined {
    if (!isUnderWay || isOwedAnswer) this.#measureFrom(now);
    const underWay = isUnderWay ? { since: this.#measuredSince, bytes: this.#measuredBytes } : null;
    const activity = { artimStartedAt: this.#artimStartedAt, quietSince: this.#quietSince, underWay };
    const expiry = expiryOf({ state, isOwedAnswer, ...activity }, limits, now);
    if (expiry !== 'progress-measured') return expiry;
    this.#measureFrom(now);
    return undefined;
  }

  #measureFrom(now: EpochMs): void {
    this.#measuredSince = now;
    this.#measuredBytes = 0;
  }
}
