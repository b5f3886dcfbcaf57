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

/** The message that a receipt is of: the same control id may have had several contents. */
export const identityOf = ({ key, content }: Pick<MessageReceipt, 'key' | 'content'>): string => `${key} ${content}`;

/** `same`: the receipt of this very message; `latestAt`: when any message of its key was taken last. */
export function sameness(
  { same, latestAt }: { readonly same: MessageReceipt | undefined; readonly latestAt: EpochMs | undefined },
  now: EpochMs,
  limits: ReceiptLimits,
): Sameness {
  if (same !== undefined && now - same.at <= limits.repeatedWithinMs) return { kind: 'repeated', receipt: same };
  if (same === undefined && latestAt !== undefined && now - latestAt <= limits.reusedWithinMs)
    return { kind: 'reused' };
  return { kind: 'new' };
}
