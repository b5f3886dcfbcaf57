import type { Topic } from '@voorrang/contracts';
import type { BusRecord } from '../ports.ts';

export type Fetched = {
  readonly records: readonly BusRecord[];
  /** Where to go on: past the last record, or past records of other topics. */
  readonly next: number;
};

/** The newest records in memory, by topic, up to a number of bytes. Covers `[start, end)` of the journal without gaps. */
export class RecordRing {
  #start = 0;
  #end = 0;
  #bytes = 0;
  #all: BusRecord[] = [];
  #topics = new Map<Topic, BusRecord[]>();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Records in the order of the journal. */
  add(records: readonly BusRecord[]): void {
    const first = records[0];
    if (first === undefined) return;
    if (first.offset !== this.#end) this.#clear(first.offset);
    for (const record of records) {
      this.#all.push(record);
      const ofTopic = this.#topics.get(record.topic);
      if (ofTopic === undefined) this.#topics.set(record.topic, [record]);
      else ofTopic.push(record);
      this.#bytes += record.value.length;
      this.#end = record.offset + 1;
    }
    if (this.#bytes > this.#maxBytes) this.#shrink();
  }

  /** Records of a topic from a position on, or nothing when the ring does not reach back that far. */
  fetch(topic: Topic, from: number, max: number): Fetched | undefined {
    if (from < this.#start || from >= this.#end) return undefined;
    const ofTopic = this.#topics.get(topic) ?? [];
    const at = firstAtOrAfter(ofTopic, from);
    const records = ofTopic.slice(at, at + max);
    const last = records.at(-1);
    return { records, next: records.length === max && last !== undefined ? last.offset + 1 : this.#end };
  }

  /** Forgets the older half at once: cheaper than one record at a time. */
  #shrink(): void {
    let dropped = 0;
    while (dropped < this.#all.length && this.#bytes > this.#maxBytes / 2) {
      this.#bytes -= this.#all[dropped]?.value.length ?? 0;
      dropped += 1;
    }
    this.#all = this.#all.slice(dropped);
    this.#start = this.#all[0]?.offset ?? this.#end;
    for (const [topic, records] of this.#topics)
      this.#topics.set(topic, records.slice(firstAtOrAfter(records, this.#start)));
  }

  #clear(at: number): void {
    this.#start = at;
    this.#end = at;
    this.#bytes = 0;
    this.#all = [];
    this.#topics = new Map();
  }
}

export function firstAtOrAfter(records: readonly BusRecord[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
