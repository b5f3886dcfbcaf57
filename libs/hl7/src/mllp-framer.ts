import { VoorrangError } from '@voorrang/kernel';

const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;

export const defaultMaxMessageBytes = 10 * 1024 * 1024;

/** What one chunk completed. After an `error` the stream cannot be trusted any more: the caller closes the connection. */
export type Framed = { readonly messages: readonly Uint8Array[]; readonly error: VoorrangError | null };

/**
 * Cuts a byte stream into MLLP blocks: VT, content, FS CR (HL7 Implementation Support Guide, MLLP release 1).
 *
 * - Any chunking gives the same messages; every byte is looked at once.
 * - Bytes between blocks are skipped and counted in `skippedBytes`, except single CR and LF, which some senders add.
 * - A VT inside a block means that the sender started again: the unfinished part was never answered, so it is dropped and counted in `abandonedBlocks`.
 * - FS ends a block only when CR follows; any other FS is content, so that a stray one cannot pass off half a message as a whole one.
 */
export class MllpFramer {
  skippedBytes = 0;
  abandonedBlocks = 0;
  readonly #maxBytes: number;
  #inside = false;
  #fsPending = false;
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;
  #failed = false;

  constructor(options: { readonly maxMessageBytes?: number } = {}) {
    this.#maxBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
  }

  /** True while a block has begun and its end has not come. */
  get isInsideBlock(): boolean {
    return this.#inside;
  }

  push(chunk: Uint8Array): Framed {
    const messages: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length && !this.#failed) {
      at = this.#inside ? this.#takeContent(chunk, at, messages) : this.#takeGap(chunk, at);
    }
    return { messages, error: this.#failed ? tooLarge(this.#maxBytes) : null };
  }

  #takeGap(chunk: Uint8Array, from: number): number {
    const start = chunk.indexOf(VT, from);
    const end = start < 0 ? chunk.length : start;
    for (let i = from; i < end; i += 1) if (chunk[i] !== CR && chunk[i] !== 0x0a) this.skippedBytes += 1;
    if (start < 0) return end;
    this.#begin();
    return start + 1;
  }

  #takeContent(chunk: Uint8Array, from: number, messages: Uint8Array[]): number {
    if (this.#fsPending) {
      this.#fsPending = false;
      if (chunk[from] === CR) {
        messages.push(this.#finish());
        return from + 1;
      }
      this.#append(fsByte);
    }
    const fs = chunk.indexOf(FS, from);
    const end = fs < 0 ? chunk.length : fs;
    const content = chunk.subarray(from, end);
    let start = 0;
    for (let vt = content.indexOf(VT); vt >= 0; vt = content.indexOf(VT, start)) {
      this.#append(content.subarray(start, vt));
      if (this.#failed) return end;
      this.abandonedBlocks += 1;
      this.#begin();
      start = vt + 1;
    }
    this.#append(start === 0 ? content : content.subarray(start));
    if (fs < 0) return end;
    this.#fsPending = true;
    return fs + 1;
  }

  #begin(): void {
    this.#inside = true;
    this.#fsPending = false;
    this.#length = 0;
  }

  #finish(): Uint8Array {
    const message = this.#buffer.slice(0, this.#length);
    this.#inside = false;
    this.#length = 0;
    // A rare huge message must not keep its memory for the life of the connection.
    if (this.#buffer.length > keptBufferBytes) this.#buffer = new Uint8Array(0);
    return message;
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#maxBytes) {
      this.#failed = true;
      this.#buffer = new Uint8Array(0);
      return;
    }
    if (needed > this.#buffer.length) {
      // Doubling keeps one-byte chunks linear.
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2, 4096));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = needed;
  }
}

const keptBufferBytes = 64 * 1024;

const fsByte = Uint8Array.of(FS);

const tooLarge = (limit: number): VoorrangError =>
  new VoorrangError('VRG_HL7_UNPARSEABLE', 'the message is larger than the limit of this listener', {
    details: { limitBytes: limit },
  });

/** Wraps content into one MLLP block. */
export function mllpBlock(content: Uint8Array): Uint8Array {
  const block = new Uint8Array(content.length + 3);
  block[0] = VT;
  block.set(content, 1);
  block[content.length + 1] = FS;
  block[content.length + 2] = CR;
  return block;
}
