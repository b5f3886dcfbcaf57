import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dicomFile } from '../test/dicom-file.ts';
import type { DicomJson } from './data-set/dicom-json.ts';
import { readDataSet } from './data-set/read-data-set.ts';
import { writeDataSet } from './data-set/write-data-set.ts';
import { evidenceMemory } from './evidence-memory.ts';
import { type CollectedObject, HeaderCollector, longestEvidence } from './header-collector.ts';
import { readPart10 } from './part10.ts';
import { readHeader } from './read-header.ts';
import { encodingOf } from './transfer-syntax.ts';

const explicit = '1.2.840.10008.1.2.1';
const implicit = '1.2.840.10008.1.2';
const deflated = '1.2.840.10008.1.2.1.99';
const report = '1.2.840.10008.5.1.4.1.1.88.22';
const headerLimit = 256 << 10;

afterEach(() => expect(evidenceMemory.taken).toBe(0));

function collect(bytes: Buffer, transferSyntax: string, sopClassUid: string, chunk = 1 << 16): CollectedObject {
  const collector = new HeaderCollector(headerLimit);
  const encoding = encodingOf(transferSyntax);
  if (encoding === undefined) throw new Error('transfer syntax');
  collector.begin(encoding, sopClassUid);
  for (let at = 0; at < bytes.length; at += chunk) collector.append(bytes, at, Math.min(bytes.length, at + chunk));
  const object = collector.finish();
  evidenceMemory.giveBack(object.dataSet);
  return object;
}

const uids: DicomJson = {
  '00080016': { vr: 'UI', Value: [report] },
  '00080018': { vr: 'UI', Value: ['1.2.3'] },
  '0020000D': { vr: 'UI', Value: ['1.2.4'] },
  '0020000E': { vr: 'UI', Value: ['1.2.5'] },
};
const filled = (vr: string, size: number) => ({ vr, InlineBinary: Buffer.alloc(size, 7).toString('base64') });
const reportOf = (bytes: number): DicomJson => ({
  ...uids,
  '0040A160': { vr: 'UT', Value: ['x'.repeat(bytes)] },
});

describe('evidence', () => {
  test.each([
    'sr/dcmqi-2018-ct-liver',
    'sr/dcmqi-seg',
    'sr/kos-lukas',
    'prOverlay',
    'sr/highdicom-tid1500',
    'image_dfl',
  ])('%s is kept whole without its pixels, however it is cut', (name) => {
    const { dataSet, transferSyntax } = readPart10(dicomFile(name));
    const whole = readDataSet(dataSet, transferSyntax);
    const { sopClassUid } = readHeader(dataSet, transferSyntax);
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 70_000 }), (chunk) => {
        const { dataSet: kept } = collect(dataSet, transferSyntax, sopClassUid, chunk);
        expect(readDataSet(kept ?? Buffer.alloc(0), transferSyntax, { inflated: true })).toEqual(whole);
      }),
      { numRuns: 12, seed: 9 },
    );
  });

  test('images are not kept', () => {
    const { dataSet, transferSyntax } = readPart10(dicomFile('CT_small'));
    expect(collect(dataSet, transferSyntax, '1.2.840.10008.5.1.4.1.1.2').dataSet).toBeUndefined();
  });

  test('a report of more than 16 MB keeps its header alone', () => {
    const object = collect(writeDataSet(reportOf(longestEvidence), explicit), explicit, report);
    expect(object.header).toMatchObject({ ok: true });
    expect(object.dataSet).toBeUndefined();
    expect(collect(writeDataSet(reportOf(10 << 20), explicit), explicit, report).dataSet?.length).toBeGreaterThan(
      10 << 20,
    );
  });

  test('a report that is cut short has no content', () => {
    const bytes = writeDataSet(reportOf(5000), explicit);
    const object = collect(bytes.subarray(0, 3000), explicit, report);
    expect([object.header.ok, object.dataSet]).toEqual([true, undefined]);
  });

  test('large reports at the same time share their memory, and the one that finds none is to be sent again', () => {
    const bytes = writeDataSet(reportOf(longestEvidence - 1000), implicit);
    const encoding = encodingOf(implicit);
    const collectors = Array.from({ length: 18 }, () => new HeaderCollector(headerLimit));
    for (const collector of collectors) {
      if (encoding !== undefined) collector.begin(encoding, report);
      collector.append(bytes, 0, bytes.length);
    }
    expect(evidenceMemory.taken).toBeLessThanOrEqual(256 << 20);
    expect(collectors.at(-1)?.finish().header).toMatchObject({ ok: false, error: { code: 'VRG_UNAVAILABLE' } });
    for (const collector of collectors) collector.discard();
  });
});

describe('long bulk values', () => {
  test.each([
    [explicit, 'OB'],
    [explicit, 'UN'],
    [implicit, 'OB'],
  ])('in %s private %s before the UIDs is cut out, and the UIDs behind it are read', (syntax, vr) => {
    const bytes = writeDataSet({ ...uids, '00091010': filled(vr, 600_000), '00091011': filled(vr, 5000) }, syntax);
    const object = collect(bytes, syntax, '1.2.840.10008.5.1.4.1.1.2', 30_000);
    expect(object.header).toMatchObject({ ok: true, value: { studyInstanceUid: '1.2.4' } });
    expect(object.keptBytes).toBeLessThan(200);
    expect(object.totalBytes).toBe(bytes.length);
  });

  test('a document inside its object is not kept', () => {
    const document: DicomJson = {
      ...uids,
      '00420010': { vr: 'ST', Value: ['Report'] },
      '00420011': filled('OB', 3 << 20),
    };
    const bytes = writeDataSet(document, implicit);
    const { dataSet } = collect(bytes, implicit, '1.2.840.10008.5.1.4.1.1.104.1');
    expect(dataSet?.length).toBeLessThan(300);
    expect(readDataSet(dataSet ?? Buffer.alloc(0), implicit)['00420010']).toEqual({ vr: 'ST', Value: ['Report'] });
  });
});

describe('deflated objects', () => {
  test('a bomb is given up by its ratio, and what was before it counts', () => {
    const bomb = { ...uids, '0040A160': { vr: 'UT', Value: ['x'.repeat(30 << 20)] } };
    const object = collect(deflateRawSync(writeDataSet(bomb, explicit)), deflated, report);
    expect([object.header.ok, object.dataSet]).toEqual([true, undefined]);
    expect(object.keptBytes).toBeLessThan(10 << 20);
  });

  test('a stream that breaks is read as far as it goes', () => {
    const bytes = deflateRawSync(writeDataSet(reportOf(200_000), explicit), { level: 0 });
    bytes.fill(0xff, 70_000);
    const object = collect(bytes, deflated, report);
    expect([object.header.ok, object.dataSet]).toEqual([true, undefined]);
  });
});

describe('what is kept of one object after the other', () => {
  test('a claimed length is never allocated', () => {
    const claims = Buffer.from('0900101055540000f0ffff7f', 'hex');
    const object = collect(claims, explicit, report);
    expect(object.keptBytes).toBe(12);
    expect(object.dataSet).toBeUndefined();
  });
});
