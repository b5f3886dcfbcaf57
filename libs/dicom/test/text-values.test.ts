import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fixtureFiles } from '@voorrang/testing';
import { characterSetOf, decodeText } from '../src/character-sets.ts';
import type { DicomJson, DicomValue, PersonNameGroups } from '../src/data-set/dicom-json.ts';
import { readDataSet } from '../src/data-set/read-data-set.ts';
import { readPart10 } from '../src/part10.ts';

/** By path: what pydicom reads, where DCMTK reads otherwise, and what only pydicom gives. Made by fixtures/text-values/text-values.py. */
type Expected = {
  readonly pydicom: Readonly<Record<string, string>>;
  /** null: DCMTK refuses the file. */
  readonly dcmtk: Readonly<Record<string, string>> | null;
  readonly onlyPydicom?: readonly string[];
};
type Written = { readonly characterSet: string; readonly vr: string; readonly hex: string; readonly pydicom: string };
const { written, ...expected } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'text-values', 'text-values.json'), 'utf8'),
) as Record<string, Expected> & { readonly written: readonly Written[] };
/** Where pydicom 3.0.1 does not follow the standard: it does not know ISO_IR 203, and leaves the escape sequences of ISO 2022 IR 58 in the text. */
const standard: Readonly<Record<string, string>> = {
  'ISO_IR 203': '5 € Škoda',
  '\\ISO 2022 IR 58': 'Zhang^XiaoDong=张^小东=',
};

const textual = new Set(['SH', 'LO', 'UC', 'ST', 'LT', 'UT', 'PN']);
const nameOf = ({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonNameGroups): string =>
  [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
const textOf = (value: DicomValue): string =>
  value === null ? '' : typeof value === 'object' ? nameOf(value as PersonNameGroups) : String(value);

const isPrivate = (tag: string): boolean => /^...[13579BDF][1-9A-F]/.test(tag);

function texts(dataSet: DicomJson, path = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [tag, { vr, Value = [] }] of Object.entries(dataSet)) {
    if (isPrivate(tag)) continue; // pydicom knows some VRs of vendors
    if (vr === 'SQ')
      Value.forEach((item, index) => void Object.assign(found, texts(item as DicomJson, `${path}${tag}.${index}.`)));
    else if (textual.has(vr) && Value.some((value) => textOf(value) !== ''))
      found[path + tag] = Value.map(textOf).join('\\');
  }
  return found;
}

const read = (name: string): Record<string, string> => {
  const file = fixtureFiles('dicom').find((each) => each.name === name);
  const { dataSet, transferSyntax } = readPart10(readFileSync(file?.path ?? ''));
  return texts(readDataSet(dataSet, transferSyntax));
};

describe('text in sets and by rules that no shared object has', () => {
  test.each(written)('$characterSet, $vr $hex', ({ characterSet, vr, hex, pydicom }) => {
    const delimiters = vr === 'PN' ? 'names' : vr === 'LO' ? 'values' : 'text';
    const text = decodeText(Buffer.from(hex, 'hex'), characterSetOf(characterSet), delimiters);
    expect(text.replace(/=$/, '')).toBe((standard[characterSet] ?? pydicom).replace(/=$/, ''));
  });
});

describe('text of every object of the character sets and reports', () => {
  test.each(Object.keys(expected))('%s reads as pydicom reads it', (name) => {
    expect(read(name)).toEqual(expected[name]?.pydicom);
  });

  test('DCMTK agrees wherever it can read the character sets', () => {
    const refused = Object.entries(expected).filter(([, { dcmtk }]) => dcmtk === null);
    const differing = Object.entries(expected).filter(([, { dcmtk }]) => Object.keys(dcmtk ?? {}).length > 0);
    // built on the GNU C library it knows none of the Japanese sets with two bytes (ISO 2022 IR 87): it refuses the file, or leaves an item with a set of its own as it is
    expect(refused.map(([name]) => name)).toEqual([
      'charset/chrH31.dcm',
      'charset/chrH32.dcm',
      'charset/chrJapMulti.dcm',
      'charset/chrJapMultiExplicitIR6.dcm',
      'charset/chrSQEncoding1.dcm',
    ]);
    expect(differing.map(([name]) => name)).toEqual(['charset/chrSQEncoding.dcm']);
    // a name of carets alone is empty to it
    const absent = new Set(Object.values(expected).flatMap(({ onlyPydicom = [] }) => onlyPydicom));
    expect([...absent]).toEqual(['00080090']);
  });
});
