import { VoorrangError } from '@voorrang/kernel';
import { type CharacterSet, characterSetOf } from '../character-sets.ts';
import { longForms } from '../long-forms.ts';
import { encodingOf } from '../transfer-syntax.ts';
import { type DicomElement, type DicomJson, tagText } from './dicom-json.ts';
import { inflateWhole } from './inflate.ts';
import { mostValues, readElement } from './read-value.ts';
import { vrOfTag } from './vr-of-tag.ts';

export type ReadLimits = {
  /** Sequences within sequences. */
  readonly depth: number;
  /** Elements, items and values in all. */
  readonly elements: number;
  /** Bytes of the data set, after inflation. */
  readonly bytes: number;
};
const defaultLimits: ReadLimits = { depth: 32, elements: 1_000_000, bytes: 32 << 20 };

export type ReadOptions = Partial<ReadLimits> & {
  /** The bytes of a deflated transfer syntax are inflated already. */
  readonly inflated?: boolean;
};

const undefinedLength = 0xffffffff;
const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
/** First element of the pixels (PS3.5 §8): at the top level nothing after it is read. */
const firstPixelTag = 0x7fe00008;
const pixelData = 0x7fe00010;
const fragmented: ReadonlySet<string> = new Set(['OB', 'OW']);

/** How the bytes at hand are written; UN of known content is implicit little endian (PS3.5 §6.2.2). */
type Syntax = { readonly explicit: boolean; readonly bigEndian: boolean };
type Scope = { readonly syntax: Syntax; readonly set: CharacterSet; readonly signed: boolean; readonly depth: number };
type Head = { readonly tag: number; readonly vr: string; readonly length: number };

/**
 * A whole data set without file meta information as DICOM JSON. Bulk data is left out: pixels, private binary, UN of unknown content, and binary values over 64 bytes.
 * Attributes of unknown VR in implicit VR are left out too. Reading stops at the pixels. Throws `VRG_DICOM_DATASET_INVALID` with the place when the structure
 * cannot be followed or a limit is passed; nothing is allocated from a length that the bytes do not have.
 */
export function readDataSet(bytes: Uint8Array, transferSyntax: string, options: ReadOptions = {}): DicomJson {
  const encoding = encodingOf(transferSyntax);
  const limits = { ...defaultLimits, ...options };
  if (encoding === undefined) throw invalid('transfer syntax', 0);
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataSet = encoding.deflated && options.inflated !== true ? inflateWhole(given, limits.bytes) : given;
  if (dataSet.length > limits.bytes) throw invalid('larger than what is read', limits.bytes);
  return new DataSetReader(dataSet, limits).read(encoding);
}

class DataSetReader {
  readonly #bytes: Buffer;
  readonly #limits: ReadLimits;
  #at = 0;
  #elements = 0;

  constructor(bytes: Buffer, limits: ReadLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  read(syntax: Syntax): DicomJson {
    const dataSet = this.#elementsUntil(this.#bytes.length, {
      syntax,
      set: characterSetOf(''),
      signed: false,
      depth: 0,
    });
    if (dataSet['00080005'] === undefined) return dataSet;
    return { ...dataSet, '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } };
  }

  /** Elements up to `end`, the delimiter of their item, or at the top level the pixels. */
  #elementsUntil(end: number, outer: Scope): DicomJson {
    const dataSet: Record<string, DicomElement> = {};
    let scope = outer;
    while (this.#at < end) {
      if (scope.depth === 0 && this.#isPadding()) break;
      const head = this.#head(end, scope);
      if (head.tag === itemEnd && scope.depth > 0) break;
      if (head.tag >>> 16 === 0xfffe) {
        if (head.length === 0) continue; // a delimiter without its sequence is tolerated: real senders leave them behind
        throw invalid('an item without its sequence', this.#at);
      }
      if (head.tag >= firstPixelTag && scope.depth === 0) break;
      const element = this.#element(head, end, scope);
      const key = tagText(head.tag);
      if (element === undefined || (head.tag & 0xffff) === 0 || dataSet[key] !== undefined) continue;
      if (head.tag === 0x00080005) scope = { ...scope, set: characterSetOf((element.Value ?? []).join('\\')) };
      if (head.tag === 0x00280103) scope = { ...scope, signed: element.Value?.[0] === 1 };
      // the text of this model is UTF-8: only the top level says so
      if (head.tag !== 0x00080005 || scope.depth === 0) dataSet[key] = element;
    }
    return dataSet;
  }

  /** Zeros after the last element, as some writers leave them. */
  #isPadding(): boolean {
    const rest = this.#bytes.length - this.#at;
    return rest < 8 ? this.#bytes.subarray(this.#at).every((byte) => byte === 0) : false;
  }

  #element({ tag, vr, length }: Head, end: number, scope: Scope): DicomElement | undefined {
    if (length === undefinedLength) {
      if (fragmented.has(vr) || tag === pixelData) return this.#skipFragments(end, scope);
      return this.#sequence(end, vr === 'UN' ? implicitly(scope) : scope);
    }
    const start = this.#at;
    const valueEnd = start + length;
    if (valueEnd > end) throw invalid(tagText(tag), start);
    if (vr === 'SQ') return this.#sequence(valueEnd, scope);
    this.#at = valueEnd;
    const value = this.#bytes.subarray(start, valueEnd);
    const isPrivate = (tag >>> 16) % 2 === 1;
    if (vr !== 'UN') return this.#value(value, vr, { ...scope.syntax, set: scope.set, isPrivate });
    return this.#unknown(tag, start, valueEnd, implicitly(scope));
  }

  /** UN of a defined length: an attribute of the dictionary, or a sequence by its looks (PS3.5 §6.2.2 note 4 and CP-246), else left out. */
  #unknown(tag: number, start: number, end: number, scope: Scope): DicomElement | undefined {
    const vr = vrOf(tag, scope.signed);
    const isSequence =
      vr === 'SQ' || (vr === undefined && end - start >= 8 && this.#bytes.readUInt32LE(start) === 0xe000fffe);
    if (!isSequence) {
      const isPrivate = (tag >>> 16) % 2 === 1;
      return vr === undefined
        ? undefined
        : this.#value(this.#bytes.subarray(start, end), vr, { set: scope.set, bigEndian: false, isPrivate });
    }
    this.#at = start;
    try {
      return this.#sequence(end, scope);
    } catch (error) {
      if (vr === 'SQ') throw error;
      return undefined; // it only looked like one
    } finally {
      this.#at = end;
    }
  }

  #value(bytes: Buffer, vr: string, about: Parameters<typeof readElement>[2]): DicomElement | undefined {
    this.#elements += mostValues(bytes, vr) - 1;
    if (this.#elements > this.#limits.elements) throw invalid('too many values', this.#at);
    return readElement(bytes, vr, about);
  }

  #sequence(end: number, outer: Scope): DicomElement {
    const scope = { ...outer, depth: outer.depth + 1 };
    if (scope.depth > this.#limits.depth) throw invalid('sequences nested too deep', this.#at);
    const items: DicomJson[] = [];
    while (this.#at < end) {
      const { tag, length } = this.#itemHead(end, scope.syntax);
      if (tag === sequenceEnd) break;
      if (tag !== item) throw invalid('a sequence without items', this.#at);
      const itemEndsAt = length === undefinedLength ? end : this.#at + length;
      if (itemEndsAt > end) throw invalid('an item longer than its sequence', this.#at);
      items.push(this.#elementsUntil(itemEndsAt, scope));
      if (length !== undefinedLength) this.#at = itemEndsAt;
    }
    return items.length === 0 ? { vr: 'SQ' } : { vr: 'SQ', Value: items };
  }

  #skipFragments(end: number, { syntax }: Scope): undefined {
    while (this.#at < end) {
      const { tag, length } = this.#itemHead(end, syntax);
      if (tag === sequenceEnd) return;
      if (tag !== item || this.#at + length > end) throw invalid('fragments', this.#at);
      this.#at += length;
    }
  }

  #itemHead(end: number, syntax: Syntax): { readonly tag: number; readonly length: number } {
    this.#need(8, end);
    const tag = this.#tag(syntax);
    const length = this.#uint32(this.#at + 4, syntax);
    this.#at += 8;
    return { tag, length };
  }

  #head(end: number, { syntax, signed }: Scope): Head {
    this.#need(8, end);
    const tag = this.#tag(syntax);
    const vr = this.#bytes.toString('latin1', this.#at + 4, this.#at + 6);
    // no VR at all: an implicit element inside an explicit data set, as some gateways write
    if (!syntax.explicit || tag >>> 16 === 0xfffe || !/^[A-Z]{2}$/.test(vr)) {
      const length = this.#uint32(this.#at + 4, syntax);
      this.#at += 8;
      return { tag, vr: vrOf(tag, signed) ?? 'UN', length };
    }
    if (!longForms.has(vr)) {
      const length = syntax.bigEndian ? this.#bytes.readUInt16BE(this.#at + 6) : this.#bytes.readUInt16LE(this.#at + 6);
      this.#at += 8;
      return { tag, vr, length };
    }
    this.#need(12, end);
    const length = this.#uint32(this.#at + 8, syntax);
    this.#at += 12;
    return { tag, vr, length };
  }

  #need(size: number, end: number): void {
    this.#elements += 1;
    if (this.#elements > this.#limits.elements) throw invalid('too many elements', this.#at);
    if (this.#at + size > end) throw invalid('cut short', this.#at);
  }

  #tag({ bigEndian }: Syntax): number {
    const bytes = this.#bytes;
    if (bigEndian) return bytes.readUInt32BE(this.#at);
    return ((bytes.readUInt16LE(this.#at) << 16) | bytes.readUInt16LE(this.#at + 2)) >>> 0;
  }

  #uint32(at: number, { bigEndian }: Syntax): number {
    return bigEndian ? this.#bytes.readUInt32BE(at) : this.#bytes.readUInt32LE(at);
  }
}

const implicitly = (scope: Scope): Scope => ({ ...scope, syntax: { explicit: false, bigEndian: false } });

function vrOf(tag: number, signed: boolean): string | undefined {
  const vr = vrOfTag(tag);
  return vr === 'XS' ? (signed ? 'SS' : 'US') : vr;
}

const invalid = (attribute: string, offset: number): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', `the data set cannot be read at byte ${offset}: ${attribute}`, {
    details: { attribute, offset },
  });
