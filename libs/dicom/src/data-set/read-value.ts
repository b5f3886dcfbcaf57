import { type CharacterSet, decodeText } from '../character-sets.ts';
import { withoutPadding, withoutTrailingPadding } from '../padding.ts';
import { type DicomElement, type DicomValue, type PersonNameGroups, tagText } from './dicom-json.ts';

/** Binary values up to this many bytes stay, in base64. */
const longestInline = 64;

const binary: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);
/** Text in the character set of the object, several values split at the backslash. */
const localized: ReadonlySet<string> = new Set(['LO', 'SH', 'UC']);
/** One value whatever it holds. */
const whole: ReadonlySet<string> = new Set(['LT', 'ST', 'UT', 'UR']);

type Width = { readonly bytes: number; readonly read: (bytes: Buffer, at: number, bigEndian: boolean) => DicomValue };
const numbers: Readonly<Record<string, Width>> = {
  AT: { bytes: 4, read: (bytes, at, be) => tagText(uint16(bytes, at, be) * 0x10000 + uint16(bytes, at + 2, be)) },
  FL: { bytes: 4, read: (bytes, at, be) => real(be ? bytes.readFloatBE(at) : bytes.readFloatLE(at)) },
  FD: { bytes: 8, read: (bytes, at, be) => real(be ? bytes.readDoubleBE(at) : bytes.readDoubleLE(at)) },
  SL: { bytes: 4, read: (bytes, at, be) => (be ? bytes.readInt32BE(at) : bytes.readInt32LE(at)) },
  SS: { bytes: 2, read: (bytes, at, be) => (be ? bytes.readInt16BE(at) : bytes.readInt16LE(at)) },
  SV: { bytes: 8, read: (bytes, at, be) => long(be ? bytes.readBigInt64BE(at) : bytes.readBigInt64LE(at)) },
  UL: { bytes: 4, read: (bytes, at, be) => (be ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) },
  US: { bytes: 2, read: (bytes, at, be) => uint16(bytes, at, be) },
  UV: { bytes: 8, read: (bytes, at, be) => long(be ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at)) },
};

const uint16 = (bytes: Buffer, at: number, bigEndian: boolean): number =>
  bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
/** JSON has no number for these (PS3.18 §F.2.3.1). */
const real = (value: number): DicomValue =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';
const long = (value: bigint): DicomValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();

/** How many values the bytes hold at most, before room is made for any of them: a byte can be a value. */
export function mostValues(bytes: Buffer, vr: string): number {
  if (binary.has(vr) || whole.has(vr)) return 1;
  const width = numbers[vr]?.bytes;
  if (width !== undefined) return bytes.length / width;
  let count = 1;
  for (let at = bytes.indexOf(backslash); at !== -1; at = bytes.indexOf(backslash, at + 1)) count += 1;
  return count;
}
const backslash = 0x5c;

/** The element of one value that is no sequence; `undefined` for what is left out: long or private binary values. */
export function readElement(
  bytes: Buffer,
  vr: string,
  {
    set,
    bigEndian,
    isPrivate,
  }: { readonly set: CharacterSet; readonly bigEndian: boolean; readonly isPrivate: boolean },
): DicomElement | undefined {
  if (binary.has(vr)) {
    if (isPrivate || vr === 'UN' || bytes.length > longestInline) return undefined;
    return bytes.length === 0 ? { vr } : { vr, InlineBinary: bytes.toString('base64') };
  }
  const width = numbers[vr];
  const values = width === undefined ? readTexts(bytes, vr, set) : readNumbers(bytes, width, bigEndian);
  return values.length === 0 || (values.length === 1 && values[0] === null) ? { vr } : { vr, Value: values };
}

function readNumbers(bytes: Buffer, { bytes: size, read }: Width, bigEndian: boolean): DicomValue[] {
  const values: DicomValue[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) values.push(read(bytes, at, bigEndian));
  return values;
}

function readTexts(bytes: Buffer, vr: string, set: CharacterSet): DicomValue[] {
  if (vr === 'PN') return split(decodeText(bytes, set, 'names')).map(nameOf);
  if (localized.has(vr)) return split(decodeText(bytes, set)).map(textOrNull);
  if (whole.has(vr))
    return [
      textOrNull(withoutTrailingPadding(vr === 'UR' ? bytes.toString('latin1') : decodeText(bytes, set, 'text'))),
    ];
  const texts = split(bytes.toString('latin1'));
  return vr === 'DS' || vr === 'IS' ? texts.map(decimalOf) : texts.map(textOrNull);
}

const split = (text: string): string[] => text.split('\\').map(withoutPadding);
const textOrNull = (text: string): DicomValue => (text === '' ? null : text);

/** A number where the text is one; a value that is none stays text, so that nothing is lost. */
function decimalOf(text: string): DicomValue {
  const number = Number(text);
  return text === '' ? null : /^[-+0-9.eE]+$/.test(text) && Number.isFinite(number) ? number : text;
}

const groupNames = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;
function nameOf(text: string): DicomValue {
  const name: { -readonly [Group in keyof PersonNameGroups]: string } = {};
  for (const [index, group] of text.split('=').slice(0, 3).entries()) {
    const key = groupNames[index];
    const value = group.trim();
    if (key !== undefined && value !== '') name[key] = value;
  }
  return Object.keys(name).length === 0 ? null : name;
}
