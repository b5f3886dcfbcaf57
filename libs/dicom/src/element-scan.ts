import type { Encoding } from './transfer-syntax.ts';

/** Where the value of an element lies. `length` may reach past what was kept. */
export type Place = { readonly start: number; readonly length: number };

/** First element that is never kept: Float Pixel Data, Double Float Pixel Data, Pixel Data (PS3.5 §8). */
const firstPixelTag = 0x7fe00008;
const undefinedLength = 0xffffffff;
const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
/** VRs as the two bytes of their name, big end first. */
const vrCode = (name: string): number => (name.charCodeAt(0) << 8) | name.charCodeAt(1);
const longForms: ReadonlySet<number> = new Set(
  ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'].map(vrCode),
);
const unknownVr = vrCode('UN');
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
const deepestNesting = 32;

/** What is open around the position: the items of a sequence, or the elements of an item, of undefined length. */
type Level = { readonly kind: 'sequence' | 'item'; readonly explicit: boolean };
type Head = { readonly tag: number; readonly length: number; readonly size: number; readonly unknown: boolean };

/**
 * Walks over the top-level elements of a data set while its bytes arrive, and notes where the wanted values lie (PS3.5 §7).
 * Values are jumped over by their length; sequences of undefined length are followed to their delimiter. Values are never copied.
 * `end` is set when the pixels or the end of readable structure is reached: nothing after it needs to be kept.
 */
export class ElementScan {
  readonly places = new Map<number, Place>();
  /** Length of the header in bytes, once it is known where the pixels begin. */
  end: number | undefined;
  /** The structure could not be followed to the pixels: what was found before stays usable. */
  broken = false;
  readonly #explicit: boolean;
  readonly #bigEndian: boolean;
  readonly #wanted: ReadonlySet<number>;
  readonly #levels: Level[] = [];
  #at = 0;

  constructor(encoding: Encoding, wanted: ReadonlySet<number>) {
    this.#explicit = encoding.explicit;
    this.#bigEndian = encoding.bigEndian;
    this.#wanted = wanted;
  }

  /** Goes on as far as the first `available` bytes allow. The same bytes, and more, must be given at the next call. */
  advance(bytes: Buffer, available: number): void {
    while (this.end === undefined && this.#at + 8 <= available) {
      const level = this.#levels.at(-1);
      const tag = this.#tag(bytes);
      if (tag >>> 16 === 0xfffe) this.#delimiter(tag, this.#uint32(bytes, this.#at + 4), level);
      else if (level?.kind === 'sequence') this.#break();
      else {
        const head = this.#head(bytes, available, tag, level?.explicit ?? this.#explicit);
        if (head === undefined) return;
        this.#element(head, level);
      }
    }
  }

  #element({ tag, length, size, unknown }: Head, level: Level | undefined): void {
    if (level === undefined) {
      if (tag >= firstPixelTag) {
        this.end = this.#at;
        return;
      }
      if (this.#wanted.has(tag) && length !== undefinedLength && !this.places.has(tag)) {
        this.places.set(tag, { start: this.#at + size, length });
      }
    }
    this.#at += size;
    if (length !== undefinedLength) this.#at += length;
    // UN of undefined length holds implicit little endian (PS3.5 §6.2.2 note 4)
    else this.#open({ kind: 'sequence', explicit: unknown ? false : (level?.explicit ?? this.#explicit) });
  }

  #delimiter(tag: number, length: number, level: Level | undefined): void {
    this.#at += 8;
    if (tag === item && level?.kind === 'sequence') {
      if (length === undefinedLength) this.#open({ kind: 'item', explicit: level.explicit });
      else this.#at += length;
    } else if ((tag === itemEnd && level?.kind === 'item') || (tag === sequenceEnd && level?.kind === 'sequence')) {
      this.#levels.pop();
    } else if (level !== undefined || tag === item) this.#break();
    // a delimiter without its sequence at the top level is tolerated: real senders leave them behind
  }

  #open(level: Level): void {
    if (this.#levels.length >= deepestNesting) this.#break();
    else this.#levels.push(level);
  }

  #break(): void {
    this.broken = true;
    this.end = this.#at;
  }

  #head(bytes: Buffer, available: number, tag: number, explicit: boolean): Head | undefined {
    if (!explicit) return { tag, length: this.#uint32(bytes, this.#at + 4), size: 8, unknown: false };
    const vr = bytes.readUInt16BE(this.#at + 4);
    if (longForms.has(vr)) {
      if (this.#at + 12 > available) return undefined;
      return { tag, length: this.#uint32(bytes, this.#at + 8), size: 12, unknown: vr === unknownVr };
    }
    // no VR at all: an implicit element inside an explicit data set, as some gateways write
    if (!isLetter(vr >>> 8) || !isLetter(vr & 0xff))
      return { tag, length: this.#uint32(bytes, this.#at + 4), size: 8, unknown: false };
    const length = this.#bigEndian ? bytes.readUInt16BE(this.#at + 6) : bytes.readUInt16LE(this.#at + 6);
    return { tag, length, size: 8, unknown: false };
  }

  #tag(bytes: Buffer): number {
    if (!this.#bigEndian) return ((bytes.readUInt16LE(this.#at) << 16) | bytes.readUInt16LE(this.#at + 2)) >>> 0;
    return bytes.readUInt32BE(this.#at);
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}
