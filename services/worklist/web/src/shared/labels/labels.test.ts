import { expect, test } from '@jest/globals';
import { findingCodes } from '@voorrang/contracts';
import { en } from './en.ts';
import { nl } from './nl.ts';

/** Every path of a label, functions and texts alike. */
const paths = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => paths(inner, `${path}.${key}`))
    : [path];

test('both languages say the same things, none of them empty', () => {
  expect(paths(nl).sort()).toEqual(paths(en).sort());
  expect(JSON.stringify([en, nl])).not.toMatch(/:""/);
});

test('every finding that ships has its names in both languages', () => {
  for (const labels of [en, nl]) expect(Object.keys(labels.findings).sort()).toEqual([...findingCodes].sort());
});
