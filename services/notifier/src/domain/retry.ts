import { type EpochMs, seconds } from '@voorrang/kernel';

/** What a provider answered. `ambiguous`: it may have taken the page; sent again with the same idempotency key. */
export type ChannelOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'temporary' | 'ambiguous'; readonly code: string; readonly retryAfterMs?: number }
  | { readonly kind: 'permanent'; readonly code: string };

export type RetryDecision = { readonly kind: 'again'; readonly at: EpochMs } | { readonly kind: 'give-up' };

export const maxAttempts = 3;
/** Tries begin at 0, 10 and 20 s, and none ends later than this after the first began. */
export const retryWindowMs = seconds(30);
const spacingMs = seconds(10);

/** Three tries within 30 s, then the next channel; a provider that wants us to wait longer is given up. */
export function decideRetry(
  outcome: Exclude<ChannelOutcome, { kind: 'accepted' }>,
  attempts: number,
  firstAttemptAt: EpochMs,
  now: EpochMs,
): RetryDecision {
  if (outcome.kind === 'permanent' || attempts >= maxAttempts) return { kind: 'give-up' };
  const at = Math.max(firstAttemptAt + attempts * spacingMs, now + (outcome.retryAfterMs ?? 0), now);
  return at - firstAttemptAt < retryWindowMs ? { kind: 'again', at } : { kind: 'give-up' };
}

const persistentMs = { shortest: seconds(30), longest: seconds(60) };

/** When a page that must not be given up is tried again: at first like any other, then every 30 to 60 s, whatever the provider said. */
export function retryAgain(
  outcome: Exclude<ChannelOutcome, { kind: 'accepted' }>,
  attempts: number,
  firstAttemptAt: EpochMs,
  now: EpochMs,
): EpochMs {
  const usual = decideRetry(outcome, attempts, firstAttemptAt, now);
  if (usual.kind === 'again') return usual.at;
  const wanted = outcome.kind === 'permanent' ? 0 : (outcome.retryAfterMs ?? 0);
  return now + Math.min(Math.max(wanted, persistentMs.shortest), persistentMs.longest);
}
