import { VoorrangError } from '@voorrang/kernel';
import { ElementScan } from './element-scan.ts';
import { encodingOf, explicitLittleEndian } from './transfer-syntax.ts';

export type Part10File = { readonly transferSyntax: string; readonly dataSet: Buffer };

/** Splits a file of PS3.10 §7.1 into its transfer syntax and its data set. Throws `VRG_DICOM_DATASET_INVALID` when it is none. */
export function readPart10(bytes: Uint8Array): Part10File {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.toString('latin1', 128, 132) !== 'DICM') throw notPart10('no DICM prefix');
  const metaLength = file.length >= 144 && file.readUInt32LE(132) === 0x00000002 ? file.readUInt32LE(140) : undefined;
  if (metaLength === undefined || 144 + metaLength > file.length) throw notPart10('no file meta group length');
  const meta = file.subarray(144, 144 + metaLength);
  const encoding = encodingOf(explicitLittleEndian);
  if (encoding === undefined) throw notPart10('transfer syntax');
  const scan = new ElementScan(encoding, new Set([0x00020010]));
  scan.advance(meta, meta.length);
  const place = scan.places.get(0x00020010);
  if (place === undefined) throw notPart10('no transfer syntax');
  const transferSyntax = meta.toString('latin1', place.start, place.start + place.length).replace(/[\s\0]+$/g, '');
  return { transferSyntax, dataSet: file.subarray(144 + metaLength) };
}

const notPart10 = (attribute: string): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', `the file cannot be read: ${attribute}`, { details: { attribute } });
