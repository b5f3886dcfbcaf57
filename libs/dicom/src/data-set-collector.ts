/** A data set kept whole; `bytes` is null when it was longer than what is kept. */
export type CollectedDataSet = { readonly bytes: Buffer | null; readonly totalBytes: number };

const nothing = Buffer.alloc(0);
const firstCapacity = 4 << 10;

/** Keeps one small data set after the other, such as those of N-CREATE; of one above `limit` only its length. One buffer, however small the pieces are that come. */
export class DataSetCollector {
  readonly #limit: number;
  #buffer: Buffer = nothing;
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  append(bytes: Buffer, start: number, end: number): void {
    const before = this.#total;
    this.#total += end - start;
    if (this.#total > this.#limit) {
      this.#buffer = nothing;
      return;
    }
    if (this.#total > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(firstCapacity, this.#total * 2)));
      this.#buffer.copy(larger, 0, 0, before);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, before, start, end);
  }

  /** What is given belongs to the caller. */
  finish(): CollectedDataSet {
    const totalBytes = this.#total;
    const bytes = totalBytes > this.#limit ? null : this.#buffer.subarray(0, totalBytes);
    this.#buffer = nothing;
    this.#total = 0;
    return { bytes, totalBytes };
  }
}
