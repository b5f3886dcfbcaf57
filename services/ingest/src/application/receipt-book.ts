import type { EpochMs } from '@voorrang/kernel';
import { type MessageReceipt, type ReceiptLimits, type Sameness, sameness } from '../domain/receipts.ts';

/**
 * The most recent receipts in memory, so that no message waits for a query. Bounded by count (about 250 bytes each) and by age. What it has forgotten is
 * processed again, which does no harm: facts are idempotent.
 */
export class ReceiptBook {
  readonly #limits: ReceiptLimits;
  /** In the order of their notes: the first is the oldest. */
  readonly #byKey = new Map<string, MessageReceipt>();

  constructor(limits: ReceiptLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(key: string, content: string, now: EpochMs): Sameness {
    return sameness(this.#byKey.get(key), content, now, this.#limits);
  }

  note(receipt: MessageReceipt): void {
    this.#byKey.delete(receipt.key);
    this.#byKey.set(receipt.key, receipt);
    for (const [key, { at }] of this.#byKey) {
      if (this.#byKey.size <= this.#limits.count && receipt.at - at <= this.#limits.repeatedWithinMs) return;
      this.#byKey.delete(key);
    }
  }
}
