import { type DurationMs, days, type EpochMs, hours } from '@voorrang/kernel';

/**
 * That a message was taken: hashes only, nothing of a patient. `key` is that of (MSH-3, MSH-4, MSH-10), `content` that of the bytes. `warnings` went into the
 * answer and go into every repetition of it.
 */
export type MessageReceipt = {
  readonly key: string;
  readonly content: string;
  readonly at: EpochMs;
  readonly warnings?: readonly unknown[];
};

/** What a message is to the receipts known: new, the same again, or other content under a control id that was used before. */
export type Sameness =
  | { readonly kind: 'new' }
  | { readonly kind: 'repeated'; readonly receipt: MessageReceipt }
  | { readonly kind: 'reused' };

export type ReceiptLimits = {
  /** Receipts in memory and in the database; the oldest go first. */
  readonly count: number;
  /** A repetition within this time gets the same answer and makes no second fact. */
  readonly repeatedWithinMs: DurationMs;
  /** Within this time another content under the same control id is told; later it counts as free again, since many senders begin anew every day. */
  readonly reusedWithinMs: DurationMs;
};

export const defaultReceiptLimits: ReceiptLimits = {
  count: 100_000,
  repeatedWithinMs: days(3),
  reusedWithinMs: hours(12),
};

export function sameness(
  known: MessageReceipt | undefined,
  content: string,
  now: EpochMs,
  limits: ReceiptLimits,
): Sameness {
  if (known === undefined) return { kind: 'new' };
  const age = now - known.at;
  if (known.content === content)
    return age <= limits.repeatedWithinMs ? { kind: 'repeated', receipt: known } : { kind: 'new' };
  return age <= limits.reusedWithinMs ? { kind: 'reused' } : { kind: 'new' };
}
