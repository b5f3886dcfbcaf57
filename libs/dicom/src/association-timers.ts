import type { DurationMs, EpochMs } from '@voorrang/kernel';
import type { AssociationState } from './association-state.ts';

export type TimerLimits = {
  /** ARTIM of PS3.8 §9.1.5: time to ask for the association, and to close after its end. */
  readonly artimMs: DurationMs;
  /** Longest silence of an association. */
  readonly idleMs: DurationMs;
  /** Longest silence while a message is under way: the rest of it is all that its sender has to do. */
  readonly stallMs: DurationMs;
  /** While a message is under way at least `progressBytes` must come in each `progressMs`: who drips bytes would hold its place for ever. */
  readonly progressMs: DurationMs;
  readonly progressBytes: number;
};

/** What the timers of one association look at. */
export type Activity = {
  readonly state: AssociationState;
  readonly artimStartedAt: EpochMs;
  /** Last byte of the peer, or the last answer that it waited for. */
  readonly quietSince: EpochMs;
  /** We owe an answer: the silence is ours. */
  readonly isOwedAnswer: boolean;
  /** The part of a message that is under way, `null` between messages: since when it is measured, and how much has come since then. */
  readonly underWay: { readonly since: EpochMs; readonly bytes: number } | null;
};

export type Expiry = 'artim' | 'idle' | 'stalled' | 'too-slow' | 'progress-measured';

/** Which timer has run out at `now`. `progress-measured`: enough has come, a new stretch begins. */
export function expiryOf(activity: Activity, limits: TimerLimits, now: EpochMs): Expiry | undefined {
  const { state, artimStartedAt, quietSince, isOwedAnswer, underWay } = activity;
  if (state === 'awaiting-request' || state === 'closing' || state === 'idle')
    return now - artimStartedAt >= limits.artimMs ? 'artim' : undefined;
  if (isOwedAnswer) return undefined;
  if (now - quietSince >= limits.idleMs) return 'idle';
  if (underWay !== null && now - quietSince >= limits.stallMs) return 'stalled';
  if (underWay === null || now - underWay.since < limits.progressMs) return undefined;
  return underWay.bytes < limits.progressBytes ? 'too-slow' : 'progress-measured';
}
