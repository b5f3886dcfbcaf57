import { expect, test } from '@jest/globals';
import { fixture } from '@voorrang/testing';
import { HeaderCollector } from './header-collector.ts';
import { readPart10 } from './part10.ts';
import { encodingOf } from './transfer-syntax.ts';

function digestOf(name: string, change: (bytes: Buffer) => void = () => undefined): string {
  const { dataSet, transferSyntax } = readPart10(fixture(name));
  const bytes = Buffer.from(dataSet);
  change(bytes);
  const encoding = encodingOf(transferSyntax);
  if (encoding === undefined) throw new Error('the fixture is of no known transfer syntax');
  const collector = new HeaderCollector(256 << 10);
  collector.begin(encoding, '1.2.840.10008.5.1.4.1.1.4');
  collector.append(bytes, 0, bytes.length);
  return collector.finish().digest;
}

test('one image has one digest, however a sender encodes it', () => {
  const littleEndian = digestOf('dicom/MR_small.dcm');
  expect(digestOf('dicom/MR_small_implicit.dcm')).toBe(littleEndian);
  expect(digestOf('dicom/MR_small_bigendian.dcm')).toBe(littleEndian);
  expect(digestOf('dicom/MR_small_RLE.dcm')).toBe(littleEndian);
});

test('another patient under the same SOP Instance UID has another digest', () => {
  const renamed = digestOf('dicom/MR_small.dcm', (bytes) => {
    bytes.write('X', bytes.indexOf('CompressedSamples'), 'latin1');
  });
  expect(renamed).not.toBe(digestOf('dicom/MR_small.dcm'));
});
