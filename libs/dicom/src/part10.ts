import { VoorrangError } from '@voorrang/kernel';
import { ElementScan } from './element-scan.ts';
import { longForms } from './long-forms.ts';
import { encodingOf, explicitLittleEndian, implicitLittleEndian } from './transfer-syntax.ts';

export type Part10File = { readonly transferSyntax: string; readonly dataSet: Buffer };

/** What stands before a data set, and what it says of it. */
export type FileStart = {
  readonly transferSyntax: string;
  /** Where the data set begins. */
  readonly dataSetAt: number;
  /** Of the file meta information; undefined where there is none. */
  readonly sopClassUid: string | undefined;
  readonly sopInstanceUid: string | undefined;
};

const preambleBytes = 128;
/** Bytes before the data set at most: real ones are a few hundred. */
export const longestFileStart = 64 << 10;
const tags = { sopClassUid: 0x00020002, sopInstanceUid: 0x00020003, transferSyntax: 0x00020010 };
const explicitBigEndian = '1.2.840.10008.1.2.2';
/** Where the data set says which class it is of. */
const classTag = new Set([0x00080016]);

/**
 * Reads what stands before the data set of a file (PS3.10 §7.1) as far as its first bytes are here: `undefined` when more of them are needed. Files without preamble, without
 * the prefix, without group length and without any meta information are read too: then the transfer syntax is `assumed`, else guessed from the first element.
 * Throws `VRG_DICOM_DATASET_INVALID` when it is no DICOM at all.
 */
export function readFileStart(bytes: Buffer, isAll: boolean, assumed?: string): FileStart | undefined {
  if (bytes.length < preambleBytes + 4 && !isAll) return undefined;
  const meta = readMeta(bytes, metaAt(bytes), isAll);
  if (meta === undefined) {
    if (bytes.length < longestFileStart && !isAll) return undefined;
    throw notPart10('file meta information');
  }
  const { at, values } = meta;
  const transferSyntax = values.get(tags.transferSyntax) ?? assumed ?? guessSyntax(bytes.subarray(at));
  if (transferSyntax === undefined) throw notPart10('no transfer syntax');
  const sopClassUid = values.get(tags.sopClassUid) ?? classIn(bytes.subarray(at), transferSyntax);
  return { transferSyntax, dataSetAt: at, sopClassUid, sopInstanceUid: values.get(tags.sopInstanceUid) };
}

/** Splits a file into its transfer syntax and its data set. Throws `VRG_DICOM_DATASET_INVALID` when it is none. */
export function readPart10(bytes: Uint8Array): Part10File {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = readFileStart(file, true);
  if (start === undefined) throw notPart10('file meta information');
  return { transferSyntax: start.transferSyntax, dataSet: file.subarray(start.dataSetAt) };
}

function metaAt(bytes: Buffer): number {
  if (bytes.toString('latin1', preambleBytes, preambleBytes + 4) === 'DICM') return preambleBytes + 4;
  return bytes.toString('latin1', 0, 4) === 'DICM' ? 4 : 0;
}

type Meta = { readonly at: number; readonly values: ReadonlyMap<number, string> };

/** Elements of group 0002, explicit little endian; `undefined` when they go on behind what is here. The group length is not needed, and often wrong. */
function readMeta(bytes: Buffer, start: number, isAll: boolean): Meta | undefined {
  const values = new Map<number, string>();
  for (let at = start; ; ) {
    if (at + 12 > bytes.length && !(isAll && at + 8 <= bytes.length)) return isAll ? { at, values } : undefined;
    if (bytes.readUInt16LE(at) !== 0x0002) return { at, values };
    const tag = 0x00020000 + bytes.readUInt16LE(at + 2);
    const isLong = longForms.has(bytes.toString('latin1', at + 4, at + 6));
    const valueAt = at + (isLong ? 12 : 8);
    const length = isLong && valueAt <= bytes.length ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    if (valueAt + length > bytes.length) return undefined;
    const value = bytes.toString('latin1', valueAt, valueAt + Math.min(length, 64)).replace(/[\s\0]+$/, '');
    if (value !== '') values.set(tag, value);
    at = valueAt + length;
  }
}

/** By the first element, which is of a low group: whether it names a VR, and which end of its group comes first. */
function guessSyntax(bytes: Buffer): string | undefined {
  if (bytes.length < 8) return undefined;
  const isBig = bytes.readUInt16BE(0) < bytes.readUInt16LE(0);
  if (/^[A-Z]{2}$/.test(bytes.toString('latin1', 4, 6))) return isBig ? explicitBigEndian : explicitLittleEndian;
  return isBig ? undefined : implicitLittleEndian;
}

function classIn(bytes: Buffer, transferSyntax: string): string | undefined {
  const encoding = encodingOf(transferSyntax);
  if (encoding === undefined || encoding.deflated) return undefined;
  const scan = new ElementScan(encoding, classTag);
  scan.advance(bytes, bytes.length);
  const place = scan.places.get(0x00080016);
  if (place === undefined) return undefined;
  return bytes.toString('latin1', place.start, place.start + Math.min(place.length, 64)).replace(/[\s\0]+$/, '');
}

const notPart10 = (attribute: string): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', `the file cannot be read: ${attribute}`, { details: { attribute } });
