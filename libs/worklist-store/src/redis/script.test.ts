import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scriptNames, scripts } from './script.ts';

const usedIndexes = (lua: string, table: string): number[] =>
  [...new Set([...lua.matchAll(new RegExp(`${table}\\[(\\d+)\\]`, 'g'))].map((match) => Number(match[1])))].sort(
    (a, b) => a - b,
  );

describe('the Redis scripts', () => {
  test('are all loaded, one file per command', () => {
    const files = readdirSync(join(import.meta.dirname, 'scripts')).filter((file) => file !== 'shared.lua');
    expect(files.toSorted()).toEqual(scriptNames.map((name) => `${name}.lua`).toSorted());
  });

  test.each(scriptNames)('%s uses exactly the keys and arguments that its header names', (name) => {
    const { text, header } = scripts[name];
    const code = text.replace(/^--.*$/gm, '');
    const numbers = (names: readonly string[]): number[] => names.map((_, index) => index + 1);
    expect(usedIndexes(code, 'KEYS')).toEqual(numbers(header.keys));
    expect(usedIndexes(code, 'ARGV')).toEqual(numbers(header.args));
    expect(/#ARGV|ARGV\[i/.test(code)).toBe(header.rest);
  });

  test.each(scriptNames)('%s returns exactly the words that its header names', (name) => {
    const words = (text: string): string[] => [
      ...new Set([...text.matchAll(/'([A-Z]{4,})'/g)].map((match) => match[1] ?? '')),
    ];
    const { text } = scripts[name];
    const told = words(/^-- returns .*$/m.exec(text)?.[0] ?? '').toSorted();
    const returned = words([...text.matchAll(/^(?!--).*(?:return|answer =) *\{ *'[A-Z]+'.*$/gm)].join('\n')).toSorted();
    expect(returned).toEqual(told);
  });

  test.each(scriptNames)('%s never asks Redis for the time', (name) => {
    expect(scripts[name].lua).not.toMatch(/call\('TIME'/i);
  });
});
