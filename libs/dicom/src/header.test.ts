import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dicomFile } from '../test/dicom-file.ts';
import type { DicomJson } from './data-set/dicom-json.ts';
import { writeDataSet } from './data-set/write-data-set.ts';
import { readPart10 } from './part10.ts';
import { readHeader } from './read-header.ts';

const headerOfFile = (name: string) => {
  const { transferSyntax, dataSet } = readPart10(dicomFile(name));
  return readHeader(dataSet, transferSyntax);
};

const mr = {
  studyInstanceUid: '1.3.6.1.4.1.5962.1.2.4.20040826185059.5457',
  seriesInstanceUid: '1.3.6.1.4.1.5962.1.3.4.1.20040826185059.5457',
  sopInstanceUid: '1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457',
  sopClassUid: '1.2.840.10008.5.1.4.1.1.4',
  isEvidence: false,
  modality: 'MR',
  patient: { id: '4MR1', issuer: null, name: 'CompressedSamples, MR1', birthDate: null, sex: 'F' },
  accessionNumbers: [],
  studyDescription: null,
  seriesDescription: null,
  bodyPart: null,
  laterality: null,
  acquiredAt: null,
  equipment: { manufacturer: 'TOSHIBA_MEC', model: 'MRT50H1', station: '000000000', softwareVersions: 'V3.51*P25' },
  acquisition: { kernel: null, sliceThicknessMm: 0.8, protocol: null, contrastAgent: null, kVp: null },
};

describe('real objects', () => {
  test('a CT is read to all its values', () => {
    expect(headerOfFile('CT_small')).toEqual({
      studyInstanceUid: '1.3.6.1.4.1.5962.1.2.1.20040119072730.12322',
      seriesInstanceUid: '1.3.6.1.4.1.5962.1.3.1.1.20040119072730.12322',
      sopInstanceUid: '1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      isEvidence: false,
      modality: 'CT',
      patient: { id: '1CT1', issuer: null, name: 'CompressedSamples, CT1', birthDate: null, sex: 'O' },
      accessionNumbers: [],
      studyDescription: 'e+1',
      seriesDescription: null,
      bodyPart: null,
      laterality: null,
      acquiredAt: '19970430112936',
      equipment: { manufacturer: 'GE MEDICAL SYSTEMS', model: 'RHAPSODE', station: 'CT01_OC0', softwareVersions: '05' },
      acquisition: {
        kernel: 'STANDARD',
        sliceThicknessMm: 5,
        protocol: null,
        contrastAgent: 'ISOVUE300/100',
        kVp: 120,
      },
    });
  });

  test.each(['MR_small_implicit', 'MR_small_bigendian', 'MR_small_RLE'])(
    '%s gives the same header as every other encoding of it',
    (name) => {
      expect(headerOfFile(name)).toEqual(mr);
    },
  );

  test('a deflated object is inflated as far as its header', () => {
    expect(headerOfFile('image_dfl')).toMatchObject({
      studyInstanceUid: '1.3.6.1.4.1.5962.1.2.0.977067310.6001.0',
      modality: 'OT',
      patient: null,
      isEvidence: true,
    });
  });

  test('wrong VR bytes and a data set that is cut short are read as far as they go', () => {
    expect(headerOfFile('badVR')).toMatchObject({
      modality: 'RTDOSE',
      seriesInstanceUid: '1.2.777.777.77.7.7777.7777',
    });
    expect(headerOfFile('rtplan_truncated')).toEqual(headerOfFile('rtplan'));
    expect(headerOfFile('rtplan')).toMatchObject({
      modality: 'RTPLAN',
      isEvidence: true,
      patient: { name: 'Last, First mid' },
    });
  });

  test('a data set without UIDs is refused by the name of the attribute', () => {
    expect(() => headerOfFile('UN_sequence')).toThrow('SOPClassUID');
  });
});

describe('character sets', () => {
  test.each([
    ['chrFren', 'Buc, Jérôme'],
    ['chrRuss', 'Люкceмбypг'],
    ['chrGreek', 'Διονυσιος'],
    ['chrH31', 'Yamada, Tarou'],
    ['chrH32', 'ﾔﾏﾀﾞ, ﾀﾛｳ'],
    ['chrI2', 'Hong, Gildong'],
    ['chrKoreanMulti', '김희중'],
    ['chrX1', 'Wang, XiaoDong'],
    ['chrX2', 'Wang, XiaoDong'],
  ])('%s names its patient', (name, expected) => {
    expect(headerOfFile(name).patient?.name).toBe(expected);
  });
});

type Element = readonly [tag: number, vr: string, value: string | Buffer];

/** Explicit little endian data set. */
function dataSet(elements: readonly Element[]): Buffer {
  return Buffer.concat(
    elements.map(([tag, vr, value]) => {
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
      const head = Buffer.alloc(8);
      head.writeUInt16LE(tag >>> 16, 0);
      head.writeUInt16LE(tag & 0xffff, 2);
      head.write(vr, 4, 'latin1');
      head.writeUInt16LE(bytes.length, 6);
      return Buffer.concat([head, bytes]);
    }),
  );
}

const uids: Element[] = [
  [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'],
  [0x00080018, 'UI', '1.2.3\0'],
  [0x0020000d, 'UI', '1.2.4'],
  [0x0020000e, 'UI', '1.2.5 '],
];
const explicit = '1.2.840.10008.1.2.1';
const read = (...more: Element[]) => readHeader(dataSet([...more, ...uids]), explicit);

describe('values', () => {
  test('text is cut at 1024 characters and an accession number at 64', () => {
    const header = read([0x00081030, 'LO', 'x'.repeat(3000)], [0x00080050, 'SH', '7'.repeat(80)]);
    expect([header.studyDescription?.length, header.accessionNumbers[0]?.length]).toEqual([1024, 64]);
  });

  test('control characters never come through', () => {
    expect(read([0x00081030, 'LO', 'CT\0\x07brain\t']).studyDescription).toBe('CT brain');
  });

  test.each([
    ['19701231', '1970-12-31'],
    ['1970.12.31', '1970-12-31'],
    ['20230229', null],
    ['1970', null],
    ['', null],
  ])('birth date %s is %s', (sent, expected) => {
    expect(read([0x00100020, 'LO', 'A1'], [0x00100030, 'DA', sent]).patient?.birthDate).toBe(expected);
  });

  test.each(['', '1.2.x', '1..2', `1.${'2'.repeat(70)}`])('the Study Instance UID "%s" is refused', (uid) => {
    expect(() =>
      readHeader(dataSet([...uids.slice(0, 2), [0x0020000d, 'UI', uid], ...uids.slice(3)]), explicit),
    ).toThrow('StudyInstanceUID');
  });

  test('an element of odd length is read', () => {
    expect(read([0x00081030, 'LO', 'CT brain!']).studyDescription).toBe('CT brain!');
  });
});

describe('values in sequences', () => {
  const code = (meaning: string): DicomJson => ({ '00080104': { vr: 'LO', Value: [meaning] } });
  const sequence = (...items: DicomJson[]) => ({ vr: 'SQ', Value: items });
  const accession = (number: string): DicomJson => ({ '00080050': { vr: 'SH', Value: [number] } });
  const named: DicomJson = {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
    '00080018': { vr: 'UI', Value: ['1.2.3'] },
    '0020000D': { vr: 'UI', Value: ['1.2.4'] },
    '0020000E': { vr: 'UI', Value: ['1.2.5'] },
  };
  const headerIn = (object: DicomJson, syntax: string) =>
    readHeader(writeDataSet({ ...named, ...object }, syntax), syntax);

  test.each([explicit, '1.2.840.10008.1.2'])('accession numbers of all requests are told once each (%s)', (syntax) => {
    const object: DicomJson = {
      ...accession('A1'),
      '00400275': sequence(accession('A2'), { ...accession('A1'), '00400008': sequence(code('Head')) }),
      '0040A370': sequence(accession(' A3 '), accession('')),
    };
    expect(headerIn(object, syntax).accessionNumbers).toEqual(['A1', 'A2', 'A3']);
  });

  test.each([explicit, '1.2.840.10008.1.2'])('the coded region stands for an empty body part (%s)', (syntax) => {
    const region = { '00082218': sequence(code('Cervical spine')) };
    expect(headerIn(region, syntax).bodyPart).toBe('CSPINE');
    expect(headerIn({ '00082218': sequence(code('Head')) }, syntax).bodyPart).toBe('HEAD');
    expect(headerIn({ ...region, '00180015': { vr: 'CS', Value: ['NECK'] } }, syntax).bodyPart).toBe('NECK');
  });

  test('the laterality of the image counts where the series has none', () => {
    const image: DicomJson = { '00200062': { vr: 'CS', Value: ['L'] } };
    expect(headerIn(image, explicit).laterality).toBe('L');
    expect(headerIn({ ...image, '00200060': { vr: 'CS', Value: ['R'] } }, explicit).laterality).toBe('R');
  });

  test('what an enhanced object says of all its frames is told', () => {
    const shared: DicomJson = {
      '00189325': sequence({ '00180060': { vr: 'DS', Value: [120] } }),
      '00189314': sequence({ '00181210': { vr: 'SH', Value: ['H31s'] } }),
      '00209071': sequence({ '00082218': sequence(code('Brain')), '00209072': { vr: 'CS', Value: ['U'] } }),
      '00289110': sequence({ '00180050': { vr: 'DS', Value: [0.625] } }),
    };
    expect(headerIn({ '00180012': sequence(code('Iohexol')), '52009229': sequence(shared) }, explicit)).toMatchObject({
      bodyPart: 'BRAIN',
      laterality: 'U',
      acquisition: { kVp: 120, kernel: 'H31s', sliceThicknessMm: 0.625, contrastAgent: 'Iohexol' },
    });
    const perfusion = headerOfFile('ct-perfusion-stroke-4.80');
    expect(perfusion).toMatchObject({
      bodyPart: 'BRAIN',
      acquisition: { sliceThicknessMm: 10, contrastAgent: 'Iohexol' },
    });
  });

  test('a sequence of undefined length is read as one of defined length', () => {
    const items = Buffer.concat([
      Buffer.from('40007502 53510000 ffffffff'.replaceAll(' ', ''), 'hex'),
      Buffer.from('feff00e0 ffffffff'.replaceAll(' ', ''), 'hex'),
      dataSet([[0x00080050, 'SH', 'A7']]),
      Buffer.from('feff0de0 00000000 feffdde0 00000000'.replaceAll(' ', ''), 'hex'),
    ]);
    expect(readHeader(Buffer.concat([items, dataSet(uids)]), explicit).accessionNumbers).toEqual(['A7']);
  });

  test('a sequence that cannot be followed costs nothing but itself', () => {
    const broken = dataSet([[0x00400275, 'LO', Buffer.from('feff00e00800000008005000534840ff', 'hex')]]);
    expect(readHeader(Buffer.concat([broken, dataSet(uids)]), explicit).accessionNumbers).toEqual([]);
  });
});

describe('control characters', () => {
  test('none comes through, also not in codes and times', () => {
    const header = readHeader(
      dataSet([...uids, [0x00080060, 'CS', 'C\0T'], [0x0008002a, 'DT', '2026\n0101'], [0x00081030, 'LO', ' a\0b\0']]),
      explicit,
    );
    expect(header).toMatchObject({ modality: 'C T', acquiredAt: '2026 0101', studyDescription: 'a b' });
  });
});

describe('structure', () => {
  const sequenceStart = Buffer.from([0x40, 0x00, 0x75, 0x02, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const itemStart = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
  const itemEnd = Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]);
  const sequenceEnd = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);

  test('values inside a sequence of undefined length do not count as those of the object', () => {
    const nested = Buffer.concat([
      sequenceStart,
      itemStart,
      dataSet([[0x00081030, 'LO', 'inside']]),
      itemEnd,
      sequenceEnd,
    ]);
    expect(
      readHeader(Buffer.concat([nested, dataSet([[0x00081030, 'LO', 'outside'], ...uids])]), explicit).studyDescription,
    ).toBe('outside');
  });

  test('a thousand nested sequences are refused without recursion', () => {
    const deep = Buffer.concat(Array.from({ length: 1000 }, () => Buffer.concat([sequenceStart, itemStart])));
    expect(() => readHeader(Buffer.concat([deep, dataSet(uids)]), explicit)).toThrow('the data set cannot be read');
  });

  test('a bomb of deflated zeros is inflated only a little', () => {
    const bomb = deflateRawSync(
      Buffer.concat([dataSet(uids), dataSet([[0x7fe00010, 'OB', '']]), Buffer.alloc(64 << 20)]),
    );
    expect(readHeader(bomb, '1.2.840.10008.1.2.1.99').studyInstanceUid).toBe('1.2.4');
  });

  test('whatever the bytes are, they are read or refused with the code for data sets', () => {
    const real = readPart10(dicomFile('CT_small')).dataSet.subarray(0, 3000);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2999), fc.nat(255)), { maxLength: 12 }),
        fc.nat(3000),
        fc.constantFrom(explicit, '1.2.840.10008.1.2', '1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99'),
        (flips, length, syntax) => {
          const bytes = Buffer.from(real.subarray(0, length));
          for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
          try {
            expect(readHeader(bytes, syntax).studyInstanceUid).toMatch(/^[0-9.]{1,64}$/);
          } catch (error) {
            expect(error).toMatchObject({ code: 'VRG_DICOM_DATASET_INVALID' });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
