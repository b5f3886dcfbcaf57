import { VoorrangError } from '@voorrang/kernel';
import { longForms } from '../long-forms.ts';
import { explicitLittleEndian, implicitLittleEndian } from '../transfer-syntax.ts';
import type { DicomElement, DicomJson, DicomValue, PersonNameGroups } from './dicom-json.ts';

const numbers: Readonly<Record<string, (value: number | string) => Buffer>> = {
  AT: (value) => {
    const tag = Number.parseInt(String(value), 16);
    return littleEndian(4, (bytes) => bytes.writeUInt16LE(tag & 0xffff, bytes.writeUInt16LE(tag >>> 16)));
  },
  FL: (value) => littleEndian(4, (bytes) => bytes.writeFloatLE(real(value))),
  FD: (value) => littleEndian(8, (bytes) => bytes.writeDoubleLE(real(value))),
  SL: (value) => littleEndian(4, (bytes) => bytes.writeInt32LE(Number(value))),
  SS: (value) => littleEndian(2, (bytes) => bytes.writeInt16LE(Number(value))),
  SV: (value) => littleEndian(8, (bytes) => bytes.writeBigInt64LE(BigInt(value))),
  UL: (value) => littleEndian(4, (bytes) => bytes.writeUInt32LE(Number(value))),
  US: (value) => littleEndian(2, (bytes) => bytes.writeUInt16LE(Number(value))),
  UV: (value) => littleEndian(8, (bytes) => bytes.writeBigUInt64LE(BigInt(value))),
};
const real = (value: number | string): number =>
  value === 'inf' ? Infinity : value === '-inf' ? -Infinity : Number(value);

function littleEndian(size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}

/**
 * DICOM JSON as a data set in explicit or implicit little endian, tags in order, sequences of defined length. Text is UTF-8, and Specific Character Set says so
 * where it is needed. Throws `VRG_DICOM_DATASET_INVALID` for another transfer syntax or a value that its VR cannot hold.
 */
export function writeDataSet(dataSet: DicomJson, transferSyntax: string): Buffer {
  if (transferSyntax !== explicitLittleEndian && transferSyntax !== implicitLittleEndian)
    throw invalid('transfer syntax');
  const body = writeElements(dataSet, transferSyntax === explicitLittleEndian);
  const declared = dataSet['00080005'] !== undefined;
  if (!declared && body.every((byte) => byte < 0x80)) return body;
  const told: DicomJson = { ...dataSet, '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } };
  return writeElements(told, transferSyntax === explicitLittleEndian);
}

function writeElements(dataSet: DicomJson, explicit: boolean): Buffer {
  const tags = Object.keys(dataSet).sort();
  return Buffer.concat(tags.flatMap((tag) => writeElement(tag, dataSet[tag] as DicomElement, explicit)));
}

function writeElement(tag: string, element: DicomElement, explicit: boolean): Buffer[] {
  const { vr } = element;
  if (!/^[0-9A-F]{8}$/.test(tag) || !/^[A-Z]{2}$/.test(vr)) throw invalid(tag);
  const value = bytesOf(tag, element, explicit);
  const isLong = !explicit || longForms.has(vr);
  if (!isLong && value.length > 0xffff) throw invalid(tag);
  const head = Buffer.alloc(explicit && isLong ? 12 : 8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  if (explicit) head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(value.length, head.length - 4);
  else head.writeUInt16LE(value.length, 6);
  return [head, value];
}

function bytesOf(tag: string, { vr, Value = [], InlineBinary }: DicomElement, explicit: boolean): Buffer {
  if (vr === 'SQ') return Buffer.concat(Value.flatMap((item) => writeItem(item as DicomJson, explicit)));
  if (InlineBinary !== undefined) return padded(Buffer.from(InlineBinary, 'base64'), 0);
  const write = numbers[vr];
  if (write === undefined) return padded(Buffer.from(Value.map(textOf).join('\\'), 'utf8'), vr === 'UI' ? 0 : 0x20);
  try {
    return Buffer.concat(Value.map((value) => write(value as number | string)));
  } catch {
    throw invalid(tag);
  }
}

function writeItem(item: DicomJson, explicit: boolean): Buffer[] {
  const elements = writeElements(item, explicit);
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(elements.length, 4);
  return [head, elements];
}

function textOf(value: DicomValue): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as PersonNameGroups;
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
}

/** Values have an even length (PS3.5 §7.1). */
const padded = (bytes: Buffer, filler: number): Buffer =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([filler])]);

const invalid = (attribute: string): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', `the data set cannot be written: ${attribute}`, {
    details: { attribute },
  });
