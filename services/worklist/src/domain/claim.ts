import type { DurationMs, EpochMs } from '@voorrang/kernel';

/**
 * The claim of one study as it is stored: nobody has it, or `holder` until `until`. `fence` counts the holders so far. `reading` is the sort key member
 * of the row that was claimed, which grows with each reading; `null` when it was not kept.
 */
export type Claim = {
  readonly holder: string | null;
  readonly until: EpochMs | null;
  readonly fence: number;
  readonly reading: string | null;
};

export const unclaimed: Claim = { holder: null, until: null, fence: 0, reading: null };

/** The reading of a row, and whether the row shows a claim. */
export type ShownReading = { readonly reading: string; readonly claimed: boolean };

/**
 * A report or a reading ends the claim, and the list shows none when a late series brings the study back: then the old claim holds nothing either.
 * A row that lags behind shows an older reading, and one that shows the claim says that it goes on: both leave it as it is.
 */
export const claimInReading = (claim: Claim, { reading, claimed }: ShownReading): Claim =>
  claim.reading === null || claimed || reading <= claim.reading ? claim : { ...claim, holder: null, until: null };

/** Who has the study open, as others are told. */
export type Holder = { readonly by: string; readonly until: EpochMs };

/** The holder at `now`: a lease that has run out holds nothing. */
export const holderAt = (claim: Claim, now: EpochMs): Holder | null =>
  claim.holder !== null && claim.until !== null && claim.until > now ? { by: claim.holder, until: claim.until } : null;

export type ClaimDecision =
  /** `renewed`: the same person goes on, under the same fence. `unchanged`: most of the lease is still ahead, nothing to write. */
  | { readonly kind: 'granted' | 'renewed' | 'unchanged'; readonly claim: Claim & Held }
  | { readonly kind: 'held'; readonly holder: Holder };
type Held = { readonly holder: string; readonly until: EpochMs };

export type ClaimRequest = {
  readonly by: string;
  readonly now: EpochMs;
  readonly leaseMs: DurationMs;
  readonly takeOver: boolean;
  readonly reading: string;
};

export function decideClaim(current: Claim, { by, now, leaseMs, takeOver, reading }: ClaimRequest): ClaimDecision {
  const holder = holderAt(current, now);
  const until = now + leaseMs;
  if (holder === null || (holder.by !== by && takeOver))
    return { kind: 'granted', claim: { holder: by, until, fence: current.fence + 1, reading } };
  if (holder.by !== by) return { kind: 'held', holder };
  const own = { ...current, holder: by, until: holder.until };
  if (holder.until - now > leaseMs / 2) return { kind: 'unchanged', claim: own };
  return { kind: 'renewed', claim: { ...own, until, reading } };
}

export type ReleaseDecision =
  | { readonly kind: 'released'; readonly claim: Claim }
  /** Nobody has it: what was asked for is so already. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'held'; readonly holder: Holder };

/** `fence`, when the caller still knows it, tells a page that was left open from the holder of today. */
export function decideRelease(current: Claim, by: string, now: EpochMs, fence?: number): ReleaseDecision {
  const holder = holderAt(current, now);
  if (holder === null) return { kind: 'unchanged' };
  if (holder.by !== by || (fence !== undefined && fence !== current.fence)) return { kind: 'held', holder };
  return { kind: 'released', claim: { ...current, holder: null, until: null } };
}
