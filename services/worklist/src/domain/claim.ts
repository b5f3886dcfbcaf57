import type { DurationMs, EpochMs } from '@voorrang/kernel';

/** The claim of one study as it is stored: nobody has it, or `holder` until `until`. `fence` counts the holders so far. */
export type Claim = { readonly holder: string | null; readonly until: EpochMs | null; readonly fence: number };

export const unclaimed: Claim = { holder: null, until: null, fence: 0 };

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
};

export function decideClaim(current: Claim, { by, now, leaseMs, takeOver }: ClaimRequest): ClaimDecision {
  const holder = holderAt(current, now);
  const until = now + leaseMs;
  if (holder === null || (holder.by !== by && takeOver))
    return { kind: 'granted', claim: { holder: by, until, fence: current.fence + 1 } };
  if (holder.by !== by) return { kind: 'held', holder };
  const own = { holder: by, until: holder.until, fence: current.fence };
  if (holder.until - now > leaseMs / 2) return { kind: 'unchanged', claim: own };
  return { kind: 'renewed', claim: { ...own, until } };
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
  return { kind: 'released', claim: { holder: null, until: null, fence: current.fence } };
}
