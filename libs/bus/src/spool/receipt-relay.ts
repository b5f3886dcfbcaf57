import type { Journal } from '@voorrang/journal';
import { type Clock, toVoorrangError, type VoorrangError } from '@voorrang/kernel';
import { backoffMs } from '../backoff.ts';
import type { Receipt } from '../ports.ts';
import { decodeReceipt, isReceipt } from './fact-codec.ts';

/** Keeps receipts for good. Called with one batch at a time, in their order; rejecting means that the same batch comes again. After a crash receipts come again. */
export type ReceiptSink = (receipts: readonly Receipt[]) => Promise<void>;

const batch = 500;
const batchBytes = 4 << 20;
/** Between two batches: nobody waits for receipts, and every sync of their store is one that senders wait for. */
const restMs = 250;

/**
 * Brings the receipts of a spool to their sink, at its own pace: a store that is away holds back no fact, only the segments that hold receipts it has not
 * taken yet. So there is no list in memory that could be lost or grow.
 */
export class ReceiptRelay {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onMoved: () => void;
  readonly #abort = new AbortController();
  #position: number;
  #error: VoorrangError | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    journal: Journal,
    position: number,
    { clock, random, onMoved }: { readonly clock: Clock; readonly random: () => number; readonly onMoved: () => void },
  ) {
    this.#journal = journal;
    this.#position = position;
    this.#clock = clock;
    this.#random = random;
    this.#onMoved = onMoved;
  }

  /** Every receipt below is in the sink, or was let go. */
  get position(): number {
    return this.#position;
  }
  get error(): VoorrangError | undefined {
    return this.#error;
  }

  /** Receipts that are durable here and not yet known to be in the sink, oldest first. */
  async *waiting(): AsyncIterable<readonly Receipt[]> {
    for await (const records of this.#journal.read(this.#position))
      yield records.filter(({ payload }) => isReceipt(payload)).map(({ payload }) => decodeReceipt(payload).receipt);
  }

  start(sink: ReceiptSink): void {
    this.#running = this.#run(sink);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Passes over what the sink has not taken. */
  letGoBelow(position: number): void {
    this.#moveTo(position);
  }

  async #run(sink: ReceiptSink): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#journal.waitFor(this.#position, signal);
        if (signal.aborted) return;
        const { receipts, next } = await this.#next();
        if (receipts.length > 0) await sink(receipts);
        failures = 0;
        this.#error = undefined;
        this.#moveTo(next);
        if (receipts.length < batch) await this.#clock.wait(restMs, signal);
      } catch (thrown) {
        failures += 1;
        this.#error = toVoorrangError(thrown);
        await this.#clock.wait(backoffMs(failures, this.#random), signal);
      }
    }
  }

  async #next(): Promise<{ readonly receipts: readonly Receipt[]; readonly next: number }> {
    const receipts: Receipt[] = [];
    let next = this.#position;
    let bytes = 0;
    for await (const records of this.#journal.read(this.#position)) {
      for (const { seq, payload } of records) {
        if (isReceipt(payload)) {
          bytes += payload.length;
          if (receipts.length === batch || (receipts.length > 0 && bytes > batchBytes)) return { receipts, next };
          receipts.push(decodeReceipt(payload).receipt);
        }
        next = seq + 1;
      }
    }
    return { receipts, next };
  }

  #moveTo(position: number): void {
    if (position <= this.#position) return;
    this.#position = position;
    this.#onMoved();
  }
}
