import { vrOfTag } from './data-set/vr-of-tag.ts';
import { longForms } from './long-forms.ts';
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
const codes = (...names: string[]): ReadonlySet<number> => new Set(names.map(vrCode));
const longCodes = codes(...longForms);
const bulkForms = codes('OB', 'OD', 'OF', 'OL', 'OV', 'OW');
const unknownVr = vrCode('UN');
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
const deepestNesting = 32;
/** Bulk values longer than this are cut out of what is kept. */
const longestBulkKept = 4096;

/** What is open around the position: the items of a sequence, or the elements of an item, of undefined length. */
type Level = { readonly kind: 'sequence' | 'item'; readonly explicit: boolean };
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
  /** An element at the top level with a long bulk value: its bytes are of no use. The scan waits for `goOn`. */
  cut: Place | undefined;
  readonly #explicit: boolean;
  readonly #bigEndian: boolean;
  readonly #wanted: ReadonlySet<number>;
  readonly #cutsBulk: boolean;
  readonly #levels: Level[] = [];
  #sequence: { readonly tag: number; readonly start: number } | undefined;
  #at = 0;
  // the head of the element at hand: fields, since an object for each of a hundred elements is felt
  #vr = 0;
  #length = 0;
  #size = 0;

  /** `cutsBulk`: long bulk values are to be taken out of the bytes by the caller, who finds them in `cut`. */
  constructor(encoding: Encoding, wanted: ReadonlySet<number>, cutsBulk = false) {
    this.#explicit = encoding.explicit;
    this.#bigEndian = encoding.bigEndian;
    this.#wanted = wanted;
    this.#cutsBulk = cutsBulk;
  }

  /** Whether the first `available` bytes hold every element up to the pixels, so that nothing is missing. */
  isComplete(available: number): boolean {
    return !this.broken && this.#levels.length === 0 && (this.end !== undefined || this.#at <= available);
  }

  /** Goes on as far as the first `available` bytes allow. The same bytes, and more, must be given at the next call. */
  advance(bytes: Buffer, available: number): void {
    while (this.end === undefined && this.cut === undefined && this.#at + 8 <= available) {
      const level = this.#levels.at(-1);
      const tag = this.#tag(bytes);
      if (tag >>> 16 === 0xfffe) this.#delimiter(tag, this.#uint32(bytes, this.#at + 4), level);
      else if (level?.kind === 'sequence') this.#break();
      else if (this.#readHead(bytes, available, level?.explicit ?? this.#explicit)) this.#element(tag, level);
      else return;
    }
  }

  /** The bytes of `cut` are gone: those after it, if any, stand at its start. */
  goOn(): void {
    this.cut = undefined;
  }

  #element(tag: number, level: Level | undefined): void {
    if (level === undefined && !this.#entersElement(tag)) return;
    this.#at += this.#size;
    if (this.#length !== undefinedLength) this.#at += this.#length;
    // UN of undefined length holds implicit little endian (PS3.5 §6.2.2 note 4)
    else
      this.#open({ kind: 'sequence', explicit: this.#vr === unknownVr ? false : (level?.explicit ?? this.#explicit) });
  }

  /** Whether the value of an element at the top level is to be stepped over: not at the pixels, and not where it is cut out. */
  #entersElement(tag: number): boolean {
    if (tag >= firstPixelTag) {
      this.end = this.#at;
      return false;
    }
    const length = this.#length;
    if (this.#wanted.has(tag) && !this.places.has(tag)) this.#note(tag, length, this.#at + this.#size);
    if (!this.#cutsBulk || length <= longestBulkKept || length === undefinedLength || !isBulk(tag, this.#vr))
      return true;
    this.cut = { start: this.#at, length: this.#size + length };
    return false;
  }

  #note(tag: number, length: number, start: number): void {
    if (length !== undefinedLength) this.places.set(tag, { start, length });
    else if (vrOfTag(tag) === 'SQ') this.#sequence = { tag, start };
  }

  #delimiter(tag: number, length: number, level: Level | undefined): void {
    this.#at += 8;
    if (tag === item && level?.kind === 'sequence') {
      if (length === undefinedLength) this.#open({ kind: 'item', explicit: level.explicit });
      else this.#at += length;
    } else if ((tag === itemEnd && level?.kind === 'item') || (tag === sequenceEnd && level?.kind === 'sequence')) {
      this.#levels.pop();
      if (this.#levels.length === 0) this.#closeSequence();
    } else if (level !== undefined || tag === item) this.#break();
    // a delimiter without its sequence at the top level is tolerated: real senders leave them behind
  }

  #closeSequence(): void {
    if (this.#sequence === undefined) return;
    const { tag, start } = this.#sequence;
    this.places.set(tag, { start, length: this.#at - start });
    this.#sequence = undefined;
  }

  #open(level: Level): void {
    if (this.#levels.length >= deepestNesting) this.#break();
    else this.#levels.push(level);
  }

  #break(): void {
    this.broken = true;
    this.end = this.#at;
  }

  /** Reads VR (0 in implicit VR), length, and size of the head; false when it has not arrived. */
  #readHead(bytes: Buffer, available: number, explicit: boolean): boolean {
    const vr = explicit ? bytes.readUInt16BE(this.#at + 4) : 0;
    this.#size = 8;
    // no VR at all: an implicit element inside an explicit data set, as some gateways write
    if (!explicit || !isLetter(vr >>> 8) || !isLetter(vr & 0xff)) {
      this.#vr = 0;
      this.#length = this.#uint32(bytes, this.#at + 4);
      return true;
    }
    this.#vr = vr;
    if (longCodes.has(vr)) {
      if (this.#at + 12 > available) return false;
      this.#size = 12;
      this.#length = this.#uint32(bytes, this.#at + 8);
    } else this.#length = this.#bigEndian ? bytes.readUInt16BE(this.#at + 6) : bytes.readUInt16LE(this.#at + 6);
    return true;
  }

  #tag(bytes: Buffer): number {
    if (!this.#bigEndian) return ((bytes.readUInt16LE(this.#at) << 16) | bytes.readUInt16LE(this.#at + 2)) >>> 0;
    return bytes.readUInt32BE(this.#at);
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}

/** Binary values that nobody here reads: those of a binary VR, and private ones of unknown VR. */
function isBulk(tag: number, vr: number): boolean {
  if (bulkForms.has(vr)) return true;
  const isPrivate = ((tag >>> 16) & 1) === 1;
  if (vr === unknownVr) return isPrivate;
  return vr === 0 && (isPrivate || bulkForms.has(vrCode(vrOfTag(tag) ?? '  ')));
}
