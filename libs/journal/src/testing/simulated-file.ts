/**
 * One file of the simulated disk: what the process sees, and what would be there after the power went. Pages (the unit that a disk writes whole)
 * travel to the disk alone and in any order; only `sync` makes sure.
 */
export class SimulatedFile {
  content: Buffer;
  #synced: Buffer;
  /** Pages changed since the last sync. A failed sync forgets them, as Linux does: a later sync succeeds without them. */
  #dirty = new Set<number>();
  readonly #pageBytes: number;

  constructor(pageBytes: number, content: Buffer = Buffer.alloc(0)) {
    this.#pageBytes = pageBytes;
    this.content = content;
    this.#synced = content;
  }

  append(bytes: readonly Uint8Array[]): void {
    const from = this.content.length;
    this.content = Buffer.concat([this.content, ...bytes]);
    this.#touch(from, this.content.length);
  }

  truncate(length: number): void {
    const from = Math.min(length, this.content.length);
    this.content = Buffer.concat([this.content.subarray(0, length)], length);
    this.#touch(from, length);
  }

  sync(): void {
    const after = Buffer.alloc(this.content.length);
    this.#synced.copy(after, 0, 0, Math.min(this.#synced.length, after.length));
    for (const page of this.#dirty) this.#copyPage(this.content, after, page);
    this.#synced = after;
    this.#dirty.clear();
  }

  failSync(): void {
    this.#dirty.clear();
  }

  /** What a crash leaves: synced pages, and of the others what chance decides. */
  afterCrash(random: () => number): SimulatedFile {
    const lengths = [this.#synced.length, this.content.length];
    const between =
      Math.min(...lengths) + Math.floor(random() * (Math.abs(this.content.length - this.#synced.length) + 1));
    const length = [...lengths, between][Math.floor(random() * 3)] ?? this.#synced.length;
    const left = Buffer.alloc(length);
    this.#synced.copy(left, 0, 0, Math.min(this.#synced.length, length));
    for (const page of this.#dirty) if (random() < 0.5) this.#copyPage(this.content, left, page);
    return new SimulatedFile(this.#pageBytes, left);
  }

  #touch(from: number, to: number): void {
    for (let page = Math.floor(from / this.#pageBytes); page * this.#pageBytes < to; page += 1) this.#dirty.add(page);
  }

  #copyPage(from: Buffer, to: Buffer, page: number): void {
    const start = page * this.#pageBytes;
    // The file was shorter then: there is nothing of this page.
    if (start >= from.length) return;
    from.copy(to, Math.min(start, to.length), start, Math.min(start + this.#pageBytes, from.length, to.length));
  }
}
