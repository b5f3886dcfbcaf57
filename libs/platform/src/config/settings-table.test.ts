import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { settingsTable } from './settings-table.ts';

const page = join(import.meta.dirname, '../../../../docs/settings.md');

test('docs/settings.md lists every setting with its default and meaning', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, settingsTable());
  expect(readFileSync(page, 'utf8')).toBe(settingsTable());
  expect(settingsTable()).not.toContain('|  |');
});
