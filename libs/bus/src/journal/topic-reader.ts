import type { Topic } from '@voorrang/contracts';
import type { Journal } from '@voorrang/journal';
import type { BusRecord } from '../ports.ts';
import { decodeBusRecord } from './bus-record-codec.ts';
import { type Fetched, firstAtOrAfter, type RecordRing } from './record-ring.ts';

/** Records of the journal in one aligned block of numbers, by topic. */
type Block = {
  readonly next: number;
  readonly bytes: number;
  readonly topics: ReadonlyMap<Topic, readonly BusRecord[]>;
};

const blockRecords = 512;
const cacheBytes = 32 * 1024 * 1024;

/**
 * Records of one topic out of the journal of all: the live tail from memory, older ones from disk in aligned blocks that all readers share, so that
 * projections that replay at the same time read the disk about once.
 */
export class TopicReader {
  readonly #journal: Journal;
  readonly #ring: RecordRing;
  /** Least recently used first. */
  readonly #blocks = new Map<number, Promise<Block>>();
  #cachedBytes = 0;

  constructor(journal: Journal, ring: RecordRing) {
    this.#journal = journal;
    this.#ring = ring;
  }

  /** At most `max` durable records from `from` on. None, with `next === from`, at the head. */
  async fetch(topic: Topic, from: number, max: number): Promise<Fetched> {
    const start = Math.max(from, this.#journal.tail);
    if (start >= this.#journal.head) return { records: [], next: start };
    const live = this.#ring.fetch(topic, start, max);
    if (live !== undefined) return live;
    const block = await this.#block(Math.floor(start / blockRecords) * blockRecords);
    const ofTopic = block.topics.get(topic) ?? [];
    const at = firstAtOrAfter(ofTopic, start);
    const records = ofTopic.slice(at, at + max);
    const last = records.at(-1);
    return {
      records,
      next: records.length === max && last !== undefined ? last.offset + 1 : Math.max(start, block.next),
    };
  }

  #block(start: number): Promise<Block> {
    const cached = this.#blocks.get(start);
    if (cached !== undefined) {
      this.#blocks.delete(start);
      this.#blocks.set(start, cached);
      return cached;
    }
    const loading = this.#load(start);
    // A block that still grows is not kept, nor one that could not be read.
    if (start + blockRecords <= this.#journal.head) {
      this.#blocks.set(start, loading);
      loading.then(
        ({ bytes }) => this.#account(bytes),
        () => this.#blocks.delete(start),
      );
    }
    return loading;
  }

  async #load(start: number): Promise<Block> {
    const end = Math.min(start + blockRecords, this.#journal.head);
    const topics = new Map<Topic, BusRecord[]>();
    let bytes = 0;
    for await (const records of this.#journal.read(start)) {
      for (const { seq, payload } of records) {
        if (seq >= end) break;
        const record = decodeBusRecord(seq, payload);
        const ofTopic = topics.get(record.topic);
        if (ofTopic === undefined) topics.set(record.topic, [record]);
        else ofTopic.push(record);
        bytes += payload.length;
      }
      if ((records.at(-1)?.seq ?? 0) >= end - 1) break;
    }
    return { next: end, bytes, topics };
  }

  async #account(bytes: number): Promise<void> {
    this.#cachedBytes += bytes;
    while (this.#cachedBytes > cacheBytes && this.#blocks.size > 1) {
      const [oldest] = this.#blocks;
      if (oldest === undefined) return;
      this.#blocks.delete(oldest[0]);
      this.#cachedBytes -= (await oldest[1]).bytes;
    }
  }
}
