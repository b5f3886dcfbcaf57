import { hash } from 'node:crypto';
import { toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { BoundedInflate } from './data-set/inflate.ts';
import { ElementScan } from './element-scan.ts';
import { evidenceMemory } from './evidence-memory.ts';
import { type DicomHeader, headerOf, headerTags } from './header.ts';
import { isEvidenceSopClass, isKeptWhole } from './sop-classes.ts';
import type { Encoding } from './transfer-syntax.ts';

export type CollectedObject = {
  readonly header:
    | { readonly ok: true; readonly value: DicomHeader }
    | { readonly ok: false; readonly error: VoorrangError };
  /**
   * First 16 bytes of SHA-256, in hex. Of an image over the attributes that were read, so that a copy in another transfer syntax, or with attributes that a PACS
   * added, has the same; of evidence and of what could not be read over the bytes that were kept.
   */
  readonly digest: string;
  /**
   * Evidence only: the data set up to the pixels without long bulk values, for `readDataSet` with `inflated: true`. Absent when it was larger than what is kept
   * or its structure could not be followed. Given back to `evidenceMemory` by whoever is done with it.
   */
  readonly dataSet?: Buffer;
  readonly keptBytes: number;
  readonly totalBytes: number;
};

/** Bytes of a report, segmentation or presentation state that are kept at most, without its pixels. */
export const longestEvidence = 16 << 20;
/** Bytes that a collector may hold without asking. */
const ownCapacity = 1 << 20;
const firstCapacity = 16 << 10;
const nothing: Encoding = { explicit: false, bigEndian: false, deflated: false };

/**
 * Keeps the bytes of one data set after the other up to the pixels and without long bulk values, never more than a limit, and drops the rest as it arrives.
 * One buffer serves a whole association, so memory does not depend on the size or number of the objects; what evidence needs beyond it is shared by all.
 */
export class HeaderCollector {
  readonly #headerLimit: number;
  #buffer: Buffer;
  #kept = 0;
  #total = 0;
  #limit = 0;
  /** Bytes of a bulk value that are still to come, and to be dropped. */
  #skip = 0;
  #full = false;
  #crowded = false;
  #isEvidence = false;
  #encoding = nothing;
  #scan = new ElementScan(nothing, headerTags, true);
  #inflate: BoundedInflate | undefined;

  constructor(headerLimit: number) {
    this.#headerLimit = headerLimit;
    this.#buffer = Buffer.allocUnsafe(Math.min(firstCapacity, headerLimit));
  }

  /** `sopClassUid`: what the command says is coming. */
  begin(encoding: Encoding, sopClassUid: string): void {
    this.#isEvidence = isEvidenceSopClass(sopClassUid);
    this.#limit = isKeptWhole(sopClassUid) ? Math.max(longestEvidence, this.#headerLimit) : this.#headerLimit;
    this.#kept = 0;
    this.#total = 0;
    this.#skip = 0;
    this.#full = false;
    this.#crowded = false;
    this.#encoding = encoding;
    this.#scan = new ElementScan(encoding, headerTags, true);
    this.#inflate = encoding.deflated
      ? new BoundedInflate(2 * this.#limit, (bytes) => this.#keep(bytes, 0, bytes.length))
      : undefined;
  }

  append(bytes: Buffer, start: number, end: number): void {
    this.#total += end - start;
    if (this.#inflate === undefined) this.#keep(bytes, start, end);
    else this.#inflate.push(bytes.subarray(start, end), () => this.#takesMore);
  }

  get #takesMore(): boolean {
    return this.#scan.end === undefined && !this.#full;
  }

  /** A long run of pixels behind the header is not worth copying: a piece is looked at before the next one is taken. */
  #keep(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end && this.#takesMore; ) {
      const dropped = Math.min(this.#skip, end - at);
      this.#skip -= dropped;
      at += dropped;
      const length = Math.min(end - at, firstCapacity, this.#limit - this.#kept);
      if (at < end && (length === 0 || !this.#reserve(this.#kept + length))) this.#full = true;
      else at += this.#take(bytes, at, length);
    }
  }

  #take(bytes: Buffer, start: number, length: number): number {
    this.#kept += bytes.copy(this.#buffer, this.#kept, start, start + length);
    this.#scan.advance(this.#buffer, this.#kept);
    while (this.#scan.cut !== undefined) {
      const { start: at, length: long } = this.#scan.cut;
      const here = Math.min(this.#kept - at, long);
      this.#buffer.copyWithin(at, at + here, this.#kept);
      this.#kept -= here;
      this.#skip = long - here;
      this.#scan.goOn();
      this.#scan.advance(this.#buffer, this.#kept);
    }
    if (this.#scan.end !== undefined) this.#kept = Math.min(this.#kept, this.#scan.end);
    return length;
  }

  /** Whether there is room for so many bytes now. */
  #reserve(needed: number): boolean {
    if (needed <= this.#buffer.length) return true;
    const capacity = Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2));
    if (!evidenceMemory.change(borrowed(this.#buffer.length), borrowed(capacity))) {
      this.#crowded = true;
      return false;
    }
    const larger = Buffer.allocUnsafe(capacity);
    this.#buffer.copy(larger, 0, 0, this.#kept);
    this.#buffer = larger;
    return true;
  }

  finish(): CollectedObject {
    const kept = this.#buffer.subarray(0, this.#kept);
    const isWhole = !this.#full && this.#inflate?.failure === undefined && this.#skip === 0;
    const header = this.#read(kept);
    const content = header.ok && !this.#isEvidence ? JSON.stringify(header.value) : kept;
    const object = {
      header,
      digest: hash('sha256', content, 'hex').slice(0, 32),
      keptBytes: this.#kept,
      totalBytes: this.#total,
    };
    if (!this.#isEvidence || !isWhole || !this.#scan.isComplete(this.#kept)) {
      this.discard();
      return object;
    }
    return { ...object, dataSet: this.#handOver(kept) };
  }

  /** A small data set as a copy, a large one with the memory that it is in. */
  #handOver(kept: Buffer): Buffer {
    const holding = borrowed(this.#buffer.length);
    if (holding === 0) return Buffer.from(kept);
    evidenceMemory.lend(kept, holding);
    this.#buffer = Buffer.from(this.kept);
    this.#kept = this.#buffer.length;
    return kept;
  }

  /** What was kept of the object that was finished last, at most as much as of a header, until the next one begins. */
  get kept(): Buffer {
    return this.#buffer.subarray(0, Math.min(this.#kept, this.#headerLimit));
  }

  /** Gives back what a large object needed. Called too when the rest of an object will never come. */
  discard(): void {
    if (this.#buffer.length <= ownCapacity) return;
    evidenceMemory.change(borrowed(this.#buffer.length), 0);
    this.#buffer = Buffer.from(this.kept);
    this.#kept = this.#buffer.length;
  }

  #read(kept: Buffer): CollectedObject['header'] {
    if (this.#crowded) {
      const error = new VoorrangError('VRG_UNAVAILABLE', 'too many large objects arrive at the same time');
      return { ok: false, error };
    }
    try {
      return { ok: true, value: headerOf(this.#scan, kept, kept.length, this.#encoding) };
    } catch (thrown) {
      return { ok: false, error: toVoorrangError(thrown) };
    }
  }
}

const borrowed = (capacity: number): number => Math.max(0, capacity - ownCapacity);
