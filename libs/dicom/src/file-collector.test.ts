import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fixtureFiles } from '@voorrang/testing';
import fc from 'fast-check';
import { dicomFile } from '../test/dicom-file.ts';
import { type CollectedFile, FileCollector } from './file-collector.ts';
import { readPart10 } from './part10.ts';
import { readHeader } from './read-header.ts';

const collector = new FileCollector(256 << 10);
function collect(file: Buffer, chunk: number, assumed?: string): CollectedFile {
  collector.begin(assumed);
  for (let at = 0; at < file.length; at += chunk) collector.append(file.subarray(at, at + chunk));
  const collected = collector.finish();
  FileCollector.release(collected);
  return collected;
}

function headerOf(file: Buffer): unknown {
  try {
    const { dataSet, transferSyntax } = readPart10(file);
    return readHeader(dataSet, transferSyntax);
  } catch (error) {
    return error;
  }
}

describe('files', () => {
  test('every shared object reads the same whole and in pieces', () => {
    const files = fixtureFiles('dicom').map(({ path }) => readFileSync(path));
    const read = files.map((file) => {
      const whole = headerOf(file);
      for (const chunk of [131, 4096]) {
        const { header } = collect(file, chunk);
        if (header.ok) expect(header.value).toEqual(whole);
        else expect(header.error).toMatchObject({ code: 'VRG_DICOM_DATASET_INVALID' });
      }
      return whole;
    });
    expect(read.filter((header) => !(header instanceof Error)).length).toBe(read.length - unreadable.length);
  });

  test.each([
    ['no preamble and no meta information, implicit', 'rtstruct', '1.2.840.10008.1.2', 'RTSTRUCT'],
    ['no meta information, explicit little endian', 'ExplVR_LitEndNoMeta', '1.2.840.10008.1.2.1', 'RTPLAN'],
    ['no meta information, big endian', 'ExplVR_BigEndNoMeta', '1.2.840.10008.1.2.2', 'RTPLAN'],
  ])('%s: the transfer syntax is guessed', (_what, name, transferSyntax, modality) => {
    const file = collect(dicomFile(name), 100);
    expect(file).toMatchObject({ transferSyntax, header: { ok: true, value: { modality } } });
  });

  test('a bare data set is of the transfer syntax that its sender says', () => {
    const { dataSet } = readPart10(dicomFile('image_dfl'));
    const deflated = '1.2.840.10008.1.2.1.99';
    expect(collect(dataSet, 500, deflated)).toMatchObject({ transferSyntax: deflated, header: { ok: true } });
  });

  test('a meta group without its length, and one without a transfer syntax, are passed', () => {
    const named = { sopClassUid: '1.2.840.10008.5.1.4.1.1.481.1' };
    expect(collect(dicomFile('no_meta_group_length'), 64)).toMatchObject({
      transferSyntax: '1.2.840.10008.1.2',
      named,
    });
    expect(collect(dicomFile('meta_missing_tsyntax'), 64).transferSyntax).toBe('1.2.840.10008.1.2');
  });

  test.each([
    ['PE', '4d5a9000'],
    ['ELF', '7f454c46'],
  ])('a program (%s) in the preamble leaves no trace', (_name, magic) => {
    const program = Buffer.from(dicomFile('sr/highdicom-tid1500'));
    program.fill(Buffer.from(magic, 'hex'), 0, 128);
    const plain = collect(dicomFile('sr/highdicom-tid1500'), 1000);
    const hostile = collect(program, 1000);
    expect(hostile).toEqual(plain);
    expect(hostile.dataSet?.includes(Buffer.from(magic, 'hex'))).toBe(false);
  });

  test('meta information that never ends, unknown transfer syntaxes and other files are refused', () => {
    const endless = Buffer.concat([
      Buffer.alloc(128),
      Buffer.from('DICM'),
      Buffer.from('020000014f420000ffffff7f', 'hex'),
      Buffer.alloc(100_000),
    ]);
    for (const file of [endless, Buffer.from('%PDF-1.7 and so on, without end'), Buffer.alloc(0), Buffer.alloc(200)]) {
      expect(collect(file, 1000).header).toMatchObject({ ok: false, error: { code: 'VRG_DICOM_DATASET_INVALID' } });
    }
    const unknown = Buffer.from(dicomFile('CT_small'));
    unknown.write('1.2.840.99999.1.2.1', unknown.indexOf('1.2.840.10008.1.2.1\0'), 'latin1');
    expect(collect(unknown, 1000).header).toMatchObject({
      ok: false,
      error: { details: { attribute: 'transfer syntax' } },
    });
  });

  test('whatever the bytes are, they are read or refused with the code for data sets', () => {
    const real = dicomFile('sr/kos-lukas');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.nat(real.length),
        fc.integer({ min: 1, max: 3000 }),
        (flips, length, chunk) => {
          const file = Buffer.from(real.subarray(0, length));
          for (const [at, value] of flips) if (at < file.length) file[at] = value;
          const { header } = collect(file, chunk);
          if (!header.ok) expect(header.error).toMatchObject({ code: 'VRG_DICOM_DATASET_INVALID' });
        },
      ),
      { numRuns: 300, seed: 11 },
    );
  });
});

/** Test data of other parsers that name no instance. */
const unreadable = [
  'UN_sequence',
  'charset/chrSQEncoding',
  'charset/chrSQEncoding1',
  'empty_charset_LEI',
  'meta_missing_tsyntax',
  'nested_priv_SQ',
  'no_meta',
  'no_meta_group_length',
  'priv_SQ',
];
