import type { Topic } from '@voorrang/contracts';
import type { Journal } from '@voorrang/journal';
import { type Clock, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { backoffMs } from '../backoff.ts';
import { type BatchHandler, type BusRecord, positionKey } from '../ports.ts';
import type { Member, PartitionSeat } from './partition-seat.ts';
import type { TopicReader } from './topic-reader.ts';

export type PartitionWorkerOptions = {
  readonly topic: Topic;
  readonly journal: Journal;
  readonly reader: TopicReader;
  readonly seat: PartitionSeat;
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxBatch: number;
  readonly handler: BatchHandler;
  readonly signal: AbortSignal;
  /** Where to begin; asked when the seat is taken. */
  readonly start: () => Promise<number>;
  /** Everything below this had its effect. */
  readonly moved: (position: number) => void;
};

/** A handler that failed this often in a row is shown as stalled. */
const stalledAfter = 3;

/** Reads one partition for one member: waits for the seat, then hands over batch after batch until the signal aborts. */
export class PartitionWorker implements Member {
  position: number | undefined;
  #misplaced: number | undefined;
  #failures = 0;
  #error: VoorrangError | undefined;
  readonly #options: PartitionWorkerOptions;

  constructor(options: PartitionWorkerOptions) {
    this.#options = options;
    options.seat.join(this);
  }

  get stalledBy(): VoorrangError | undefined {
    return this.#failures >= stalledAfter ? this.#error : undefined;
  }

  /** Has its place, or waits as the second of its group. */
  get ready(): boolean {
    return this.position !== undefined || this.#options.seat.holder !== this;
  }

  async run(): Promise<void> {
    const { seat, signal } = this.#options;
    try {
      await seat.changed.until(() => seat.holder === this, signal);
      while (!signal.aborted) await this.#retrying(() => this.#step());
    } finally {
      seat.leave(this);
    }
  }

  async #step(): Promise<void> {
    const { journal, reader, topic, maxBatch, signal } = this.#options;
    if (this.position === undefined) return this.#begin();
    if (this.position >= journal.head) return journal.waitFor(this.position, signal);
    const { records, next } = await reader.fetch(topic, this.position, maxBatch);
    if (records.length > 0) await this.#deliver(records);
    this.#move(next);
  }

  async #begin(): Promise<void> {
    const { start, journal, topic } = this.#options;
    const position = await start();
    // A position that was made from another log must not skip what this one gets next, nor when this one has grown past it.
    if (position > journal.head) this.#misplaced = position;
    if (position === this.#misplaced)
      throw new VoorrangError('VRG_BUS_TOPIC_MISCONFIGURED', 'a position lies beyond the end of the log', {
        details: { topic, position, head: journal.head },
      });
    this.#move(Math.max(position, journal.tail));
  }

  async #deliver(records: readonly BusRecord[]): Promise<void> {
    const { handler, topic, signal } = this.#options;
    await handler(records, { partitionKey: positionKey(topic, 0), signal, heartbeat: async () => undefined });
  }

  #move(position: number): void {
    this.position = position;
    this.#options.moved(position);
    this.#options.seat.changed.notify();
  }

  async #retrying(step: () => Promise<void>): Promise<void> {
    const { clock, random, signal } = this.#options;
    try {
      await step();
      this.#failures = 0;
      this.#error = undefined;
    } catch (thrown) {
      this.#failures += 1;
      this.#error = toVoorrangError(thrown);
      await clock.wait(backoffMs(this.#failures, random), signal);
    }
  }
}
