import { readFileSync } from 'node:fs';
import { type ObjectToSend, readPart10 } from '@voorrang/dicom';
import { fixtureFiles } from '@voorrang/testing/infrastructure';
import { withAttributes } from '../../src/demo/data-set.ts';

const ctImage = '1.2.840.10008.5.1.4.1.1.2';
const source = fixtureFiles('dicom').find(({ name }) => name === 'CT_small.dcm');
if (source === undefined) throw new Error('no CT object');
const { dataSet, transferSyntax } = readPart10(readFileSync(source.path));

/** A CT object of some 38 kB with its pixels; everything that names it follows from `uid`. */
export function ctObject(uid: string, tag: string, instance = 1): ObjectToSend {
  const header = withAttributes(dataSet, {
    '00080018': { vr: 'UI', value: `${uid}.1.${instance}` },
    '00080050': { vr: 'SH', value: `A${tag}` },
    '00100010': { vr: 'PN', value: 'Fault^Test' },
    '00100020': { vr: 'LO', value: `P${tag}` },
    '0020000d': { vr: 'UI', value: uid },
    '0020000e': { vr: 'UI', value: `${uid}.1` },
  });
  const pixels = dataSet.subarray(dataSet.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])));
  return {
    sopClassUid: ctImage,
    sopInstanceUid: `${uid}.1.${instance}`,
    transferSyntax,
    dataSet: Buffer.concat([header, pixels]),
  };
}
