import type { Topic } from '@voorrang/contracts';
import { type BusRecord, type OutgoingRecord, type Positions, positionKey } from '../ports.ts';

/** The records of a hostile bus: several partitions per topic, a publish sometimes written twice, as a producer's retry does. Outlives the bus, so that it can be opened again. */
export class HostileLog {
  readonly partitions: number;
  readonly #records = new Map<string, BusRecord[]>();
  readonly #committed = new Map<string, number>();

  constructor(options: { readonly partitions?: number } = {}) {
    this.partitions = options.partitions ?? 3;
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const { topic, key, value, headers } of records) {
      const partition = partitionOf(key, this.partitions);
      const into = this.of(topic, partition);
      into.push({ topic, partition, offset: into.length, key, value, headers: { ...headers } });
    }
  }

  of(topic: Topic, partition: number): BusRecord[] {
    const id = positionKey(topic, partition);
    const records = this.#records.get(id) ?? [];
    this.#records.set(id, records);
    return records;
  }

  /** Where a group left off in a partition. */
  committed(group: string, partition: string): number {
    return this.#committed.get(JSON.stringify([group, partition])) ?? 0;
  }

  commit(group: string, partition: string, position: number): void {
    const committed = Math.max(position, this.committed(group, partition));
    this.#committed.set(JSON.stringify([group, partition]), committed);
  }

  heads(topics: readonly Topic[]): Positions {
    return Object.fromEntries(
      topics.flatMap((topic) =>
        Array.from({ length: this.partitions }, (_, n) => [positionKey(topic, n), this.of(topic, n).length]),
      ),
    );
  }
}

/** Spreads keys over partitions, the same key always to the same one (FNV-1a). */
function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % partitions;
}
