import { hash } from 'node:crypto';
import { toVoorrangError, type VoorrangError } from '@voorrang/kernel';
import { ElementScan } from './element-scan.ts';
import { type DicomHeader, headerOf, headerTags, readDeflatedHeader } from './header.ts';
import type { Encoding } from './transfer-syntax.ts';

export type CollectedObject = {
  readonly header:
    | { readonly ok: true; readonly value: DicomHeader }
    | { readonly ok: false; readonly error: VoorrangError };
  /** First 16 bytes of SHA-256 over the header bytes that were kept, in hex. */
  readonly digest: string;
  readonly keptBytes: number;
  readonly totalBytes: number;
};

const firstCapacity = 16 << 10;

/**
 * Keeps the bytes of one data set after the other up to the pixels, never more than `limit`, and drops the rest as it arrives.
 * One buffer serves a whole association, so memory does not depend on the size or number of the objects.
 */
export class HeaderCollector {
  readonly #limit: number;
  #buffer: Buffer;
  #kept = 0;
  #total = 0;
  #encoding: Encoding = { explicit: false, bigEndian: false, deflated: false };
  #scan = new ElementScan(this.#encoding, headerTags);

  constructor(limit: number) {
    this.#limit = limit;
    this.#buffer = Buffer.allocUnsafe(Math.min(firstCapacity, limit));
  }

  /** `sopClassUid`: what the command says is coming. */
  begin(encoding: Encoding, _sopClassUid: string): void {
    this.#kept = 0;
    this.#total = 0;
    this.#encoding = encoding;
    this.#scan = new ElementScan(encoding, headerTags);
  }

  append(bytes: Buffer, start: number, end: number): void {
    this.#total += end - start;
    if (this.#scan.end !== undefined || this.#kept === this.#limit) return;
    const wanted = Math.min(this.#kept + end - start, this.#limit);
    // a long run of pixels behind the header is not worth copying: look at a piece first
    this.#take(bytes, start, Math.min(wanted - this.#kept, firstCapacity));
    if (this.#scan.end === undefined && this.#kept < wanted) {
      this.#take(bytes, start + firstCapacity, wanted - this.#kept);
    }
  }

  #take(bytes: Buffer, start: number, length: number): void {
    this.#reserve(this.#kept + length);
    this.#kept += bytes.copy(this.#buffer, this.#kept, start, start + length);
    if (this.#encoding.deflated) return;
    this.#scan.advance(this.#buffer, this.#kept);
    if (this.#scan.end !== undefined) this.#kept = Math.min(this.#kept, this.#scan.end);
  }

  #reserve(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)));
    this.#buffer.copy(larger, 0, 0, this.#kept);
    this.#buffer = larger;
  }

  finish(): CollectedObject {
    const kept = this.#buffer.subarray(0, this.#kept);
    return {
      header: this.#read(kept),
      digest: hash('sha256', kept, 'hex').slice(0, 32),
      keptBytes: this.#kept,
      totalBytes: this.#total,
    };
  }

  #read(kept: Buffer): CollectedObject['header'] {
    try {
      const value = this.#encoding.deflated
        ? readDeflatedHeader(kept, this.#encoding)
        : headerOf(this.#scan, kept, kept.length);
      return { ok: true, value };
    } catch (thrown) {
      return { ok: false, error: toVoorrangError(thrown) };
    }
  }
}
