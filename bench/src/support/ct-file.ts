import { readFileSync } from 'node:fs';
import { fixtureFiles } from '@voorrang/testing/infrastructure';

/** A CT object of about `bytes` bytes: the header of the fixture with pixel data of another length (Explicit VR Little Endian, PS3.5 §7.1.2). */
export function ctFile(bytes: number): Buffer {
  const source = fixtureFiles('dicom').find(({ name }) => name === 'CT_small.dcm');
  const fixture = readFileSync(source?.path ?? '');
  const pixelData = fixture.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57]));
  const header = fixture.subarray(0, pixelData + 8);
  const length = Math.max(2, (bytes - header.length - 4) & ~1);
  const lengthField = Buffer.alloc(4);
  lengthField.writeUInt32LE(length);
  return Buffer.concat([header, lengthField, Buffer.alloc(length, 7)]);
}
