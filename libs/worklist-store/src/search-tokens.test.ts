import { describe, expect, test } from '@jest/globals';
import { opaqueKeys } from '@voorrang/kernel';
import { matchesName, querySearchTokens, rowSearchTokens, type SearchQuery } from './search-tokens.ts';

const keys = opaqueKeys('test secret');
const row = {
  name: 'Müller-de Vries^Jan^P.',
  patientId: ' ab-0012 ',
  accessionNumbers: ['acc 1', 'ACC2'],
  birthDate: '1961-03-04',
};
const tokens = new Set(rowSearchTokens(keys, 'EX', row));
const found = (query: SearchQuery, site = 'EX'): boolean => {
  const asked = querySearchTokens(keys, site, query);
  return asked.length > 0 && asked.every((token) => tokens.has(token));
};

describe('search tokens', () => {
  test.each<[string, SearchQuery]>([
    ['a whole word of the name, without its diacritics', { name: 'muller' }],
    ['several words in any order', { name: 'JAN vries' }],
    ['the beginning of a word', { name: 'mul' }],
    ['a short word', { name: 'de' }],
    ['an id in another case', { patientId: 'AB-0012' }],
    ['any accession number', { accessionNumber: 'acc2' }],
    ['a birth date as it is stored', { birthDate: '1961-03-04' }],
    ['a birth date as it is written in Dutch', { birthDate: '4-3-1961' }],
    ['a birth date as DICOM writes it', { birthDate: '19610304' }],
    ['everything together', { name: 'jan', patientId: 'ab-0012', accessionNumber: 'ACC 1', birthDate: '1961-03-04' }],
  ])('find a study by %s', (_what, query) => expect(found(query)).toBe(true));

  test.each<[string, SearchQuery]>([
    ['another name', { name: 'jansen' }],
    ['one wrong word among right ones', { name: 'jan klaassen' }],
    ['part of an id', { patientId: 'AB-001' }],
    ['another birth date', { birthDate: '1961-04-03' }],
    ['a birth date that is none', { birthDate: 'yesterday' }],
    ['nothing but white space', { name: '  ', patientId: ' ' }],
  ])('do not find a study by %s', (_what, query) => expect(found(query)).toBe(false));

  test('differ between sites', () => expect(found({ name: 'muller' }, 'OTHER')).toBe(false));

  test('hold nothing of the text', () => {
    for (const token of tokens) expect(token).toMatch(/^[0-9A-Z]{26}$/);
  });

  test('are followed by a filter on the rest of each word', () => {
    expect(found({ name: 'mulleribus' })).toBe(true);
    expect(matchesName(row.name, 'mulleribus')).toBe(false);
    expect(matchesName(row.name, 'Müll jan')).toBe(true);
    expect(matchesName(null, 'jan')).toBe(false);
  });
});
