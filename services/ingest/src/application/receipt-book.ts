import type { EpochMs } from '@voorrang/kernel';
import { identityOf, type MessageReceipt, type ReceiptLimits, type Sameness, sameness } from '../domain/receipts.ts';

/**
 * The most recent receipts in memory, so that no message waits for a query. Bounded by count (about 250 bytes each) and by age. What it has forgotten is
 * processed again, which does no harm: facts are idempotent.
 */
export class ReceiptBook {
  readonly #limits: ReceiptLimits;
  /** By message, in the order of their notes: the first is the oldest. */
  readonly #receipts = new Map<string, MessageReceipt>();
  /** By key: when a message of it was noted last. */
  readonly #latest = new Map<string, EpochMs>();

  constructor(limits: ReceiptLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#receipts.size;
  }

  find(key: string, content: string, now: EpochMs): Sameness {
    const same = this.#receipts.get(identityOf({ key, content }));
    return sameness({ same, latestAt: this.#latest.get(key) }, now, this.#limits);
  }

  note(receipt: MessageReceipt): void {
    const identity = identityOf(receipt);
    this.#receipts.delete(identity);
    this.#receipts.set(identity, receipt);
    this.#latest.set(receipt.key, receipt.at);
    for (const [oldest, { key, at }] of this.#receipts) {
      if (this.#receipts.size <= this.#limits.count && receipt.at - at <= this.#limits.repeatedWithinMs) return;
      this.#receipts.delete(oldest);
      if (this.#latest.get(key) === at) this.#latest.delete(key);
    }
  }
}
