import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dicomFile } from '../../test/dicom-file.ts';
import { readPart10 } from '../part10.ts';
import { codeOf, type DicomJson, numberOf, personNameOf, sequenceOf, textOf, textsOf } from './dicom-json.ts';
import { readDataSet } from './read-data-set.ts';
import { writeDataSet } from './write-data-set.ts';

const explicit = '1.2.840.10008.1.2.1';
const implicit = '1.2.840.10008.1.2';
const deflated = '1.2.840.10008.1.2.1.99';
const dataSetOf = (name: string): DicomJson => {
  const { transferSyntax, dataSet } = readPart10(dicomFile(name));
  return readDataSet(dataSet, transferSyntax);
};
const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s/g, ''), 'hex');

const procedureStep: DicomJson = {
  '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
  '00080050': { vr: 'SH' },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müller^Änne', Ideographic: '山田^太郎' }] },
  '00181114': { vr: 'DS', Value: [1.25] },
  '00280008': { vr: 'IS', Value: [1, null, 3] },
  '00281052': { vr: 'DS', Value: ['about 3'] },
  '00400270': {
    vr: 'SQ',
    Value: [
      {
        '00080050': { vr: 'SH', Value: ['A1'] },
        '00081110': { vr: 'SQ' },
        '00081150': { vr: 'UI', Value: ['1.2.3'] },
        '00081196': { vr: 'US', Value: [0] },
        '00400008': {
          vr: 'SQ',
          Value: [
            {
              '00080100': { vr: 'SH', Value: ['CTHEAD'] },
              '00080102': { vr: 'SH', Value: ['99EX'] },
              '00080104': { vr: 'LO', Value: ['CT Schädel'] },
            },
          ],
        },
      },
      {},
    ],
  },
  '00401101': { vr: 'SQ' },
};

describe('reading', () => {
  test.each(['MR_small_implicit', 'MR_small_bigendian', 'MR_small_RLE'])(
    '%s reads like explicit little endian',
    (name) => {
      const reference = dataSetOf('MR_small_bigendian');
      expect(dataSetOf(name)).toEqual(reference);
      expect(numberOf(reference, '00180050')).toBe(0.8);
    },
  );

  test('pixels, private binary and other bulk data are left out, and the tags after the pixels with them', () => {
    const tags = Object.keys(dataSetOf('CT_small'));
    expect(tags.filter((tag) => tag >= '7FE00008')).toEqual([]);
    expect(dataSetOf('CT_small')['00431029']).toBeUndefined(); // OB of 2068 bytes of GE
    expect(dataSetOf('CT_small')['00091001']).toEqual({ vr: 'LO', Value: ['GE_GENESIS_FF'] });
  });

  test('a sequence that came as UN is a sequence', () => {
    expect(sequenceOf(dataSetOf('UN_sequence'), '00081140').length).toBeGreaterThanOrEqual(0);
    const un = bytes('40007502 554e0000 10000000 feff00e0 08000000 08005000 00000000');
    expect(readDataSet(un, explicit)).toEqual({ '00400275': { vr: 'SQ', Value: [{ '00080050': { vr: 'SH' } }] } });
  });

  test('a deflated data set is inflated up to a limit', () => {
    const body = writeDataSet(procedureStep, explicit);
    expect(readDataSet(deflateRawSync(body), deflated)).toEqual(procedureStep);
    expect(readDataSet(body, deflated, { inflated: true })).toEqual(procedureStep);
    const bomb = deflateRawSync(Buffer.alloc(64 << 20));
    expect(() => readDataSet(bomb, deflated)).toThrow('inflated');
  });

  test('a value that is longer than the data set is refused by its place, without memory for it', () => {
    const cut = bytes('08006000 55540000 ffffff7f 4354');
    expect(() => readDataSet(cut, explicit)).toThrow('00080060');
  });

  const longValue = (vr: string, value: Buffer): Buffer => {
    const head = bytes('08001901 0000 0000 00000000');
    head.write(vr, 4, 'latin1');
    head.writeUInt32LE(value.length, 8);
    return Buffer.concat([head, value]);
  };

  test.each(['UT', 'UC'])('megabytes of blanks inside a value of %s are read like any text', (vr) => {
    const text = Buffer.alloc(4 << 20, ' ');
    text.write('a', 0);
    text.write('b', text.length - 2);
    expect(textOf(readDataSet(longValue(vr, text), explicit), '00080119')).toHaveLength(text.length - 1);
  });

  test('a value that is nothing but separators is refused before room is made for what they separate', () => {
    const separators = longValue('UC', Buffer.alloc(1 << 20, 0x5c));
    expect(() => readDataSet(separators, explicit)).toThrow('too many values');
    expect(() => readDataSet(longValue('UC', Buffer.from('a\\b\\')), explicit, { elements: 3 })).toThrow(
      'too many values',
    );
    expect(textsOf(readDataSet(longValue('UC', Buffer.from('a\\b ')), explicit, { elements: 3 }), '00080119')).toEqual([
      'a',
      'b',
    ]);
  });

  test('a thousand nested sequences and a million elements are refused', () => {
    const nested = Buffer.concat(
      Array.from({ length: 1000 }, () => bytes('40007502 53510000 ffffffff feff00e0 ffffffff')),
    );
    expect(() => readDataSet(nested, explicit)).toThrow('nested too deep');
    const many = Buffer.concat(Array.from({ length: 50 }, () => bytes('08006000 43530000')));
    expect(() => readDataSet(many, explicit, { elements: 49 })).toThrow('too many elements');
  });

  test('whatever the bytes are, they are read or refused with the code for data sets', () => {
    const real = readPart10(dicomFile('CT_small')).dataSet.subarray(0, 6000);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5999), fc.nat(255)), { maxLength: 12 }),
        fc.nat(6000),
        fc.constantFrom(explicit, implicit, '1.2.840.10008.1.2.2', deflated),
        (flips, length, syntax) => {
          const mutated = Buffer.from(real.subarray(0, length));
          for (const [at, value] of flips) if (at < mutated.length) mutated[at] = value;
          try {
            readDataSet(mutated, syntax);
          } catch (error) {
            expect(error).toMatchObject({ code: 'VRG_DICOM_DATASET_INVALID' });
          }
        },
      ),
      { numRuns: 500, seed: 4 },
    );
  });
});

describe('writing', () => {
  test.each([explicit, implicit])('what is written in %s is read again', (syntax) => {
    expect(readDataSet(writeDataSet(procedureStep, syntax), syntax)).toEqual(procedureStep);
  });

  test('text beyond ASCII declares UTF-8', () => {
    const name: DicomJson = { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müller' }] } };
    const read = readDataSet(writeDataSet(name, implicit), implicit);
    expect(textOf(read, '00080005')).toBe('ISO_IR 192');
    expect(personNameOf(read, '00100010')).toEqual({ Alphabetic: 'Müller' });
  });

  test('another transfer syntax and a value that does not fit are refused', () => {
    expect(() => writeDataSet({}, deflated)).toThrow('transfer syntax');
    expect(() => writeDataSet({ '00081196': { vr: 'US', Value: [70_000] } }, explicit)).toThrow('00081196');
  });
});

describe('what a data set says', () => {
  const step = sequenceOf(procedureStep, '00400270')[0] ?? {};
  test('values by tag', () => {
    expect(textOf(step, '00080050')).toBe('A1');
    expect(textOf(procedureStep, '00080050')).toBeNull();
    expect(textsOf(procedureStep, '00280008')).toEqual(['1', '3']);
    expect([numberOf(procedureStep, '00181114'), numberOf(procedureStep, '00281052')]).toEqual([1.25, null]);
    expect(codeOf(step, '00400008')).toEqual({ value: 'CTHEAD', scheme: '99EX', meaning: 'CT Schädel' });
    expect(codeOf(step, '00401101')).toBeNull();
    expect(sequenceOf(procedureStep, '00401101')).toEqual([]);
  });
});
