import { headerBytes } from './frame.ts';
import type { JournalRecord } from './journal.ts';

const chunkRecords = 1_000;

/**
 * The newest records that became durable in this life of the journal, up to a number of bytes: who follows the head reads them here and not from the disk.
 * Payloads are views on the frames as they were written, so keeping them costs no copy.
 */
export class RecentRecords {
  readonly #maxBytes: number;
  /** Without gaps; the last one is the newest of the journal. */
  #records: JournalRecord[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Records `firstSeq` and on, as frames without anything between them; to be called when they are durable. */
  add(firstSeq: number, count: number, frames: Buffer): void {
    if (this.#maxBytes === 0) return;
    let at = 0;
    for (let seq = firstSeq; seq < firstSeq + count; seq += 1) {
      const start = at + headerBytes;
      at = start + frames.readUInt32LE(at);
      this.#records.push({ seq, payload: frames.subarray(start, at) });
    }
    this.#bytes += frames.length;
    if (this.#bytes > this.#maxBytes) this.#forget();
  }

  /** The next records from `seq` on, or nothing when they are not all here. */
  from(seq: number): readonly JournalRecord[] | undefined {
    const first = this.#records[0];
    if (first === undefined || seq < first.seq || seq >= first.seq + this.#records.length) return undefined;
    return this.#records.slice(seq - first.seq, seq - first.seq + chunkRecords);
  }

  /** The older half at once: cheaper than one record at a time. */
  #forget(): void {
    let dropped = 0;
    while (dropped < this.#records.length && this.#bytes > this.#maxBytes / 2) {
      this.#bytes -= headerBytes + (this.#records[dropped]?.payload.length ?? 0);
      dropped += 1;
    }
    this.#records = this.#records.slice(dropped);
  }
}
