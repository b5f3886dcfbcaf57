import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SortKey } from '../port.ts';
import { compareKeys } from '../sort-key.ts';
import { OrderedKeys } from './ordered-keys.ts';

const keyOf = (score: number): SortKey => ({ score, member: `m:${score}` });

describe('ordered keys', () => {
  test('keep positions through many splits and emptied chunks, like a sorted array', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1_500, maxLength: 3_000 }), (scores) => {
        const keys = new OrderedKeys();
        const model = new Set<number>();
        for (const [index, score] of scores.entries()) {
          if (index % 5 === 4) expect(keys.delete(keyOf(score))).toBe(model.delete(score));
          else {
            expect(keys.insert(keyOf(score))).toBe(!model.has(score));
            model.add(score);
          }
        }
        const sorted = [...model].sort((a, b) => a - b).map(keyOf);
        expect(keys.size).toBe(sorted.length);
        for (const probe of scores.slice(0, 50))
          expect(keys.rank(keyOf(probe))).toBe(sorted.filter((key) => compareKeys(key, keyOf(probe)) < 0).length);
        expect(keys.slice(undefined, 5_000)).toEqual({ first: 0, keys: sorted });
        const after = keyOf(scores[0] ?? 0);
        const first = sorted.findIndex((key) => compareKeys(key, after) > 0);
        expect(keys.slice(after, 700).keys).toEqual(first < 0 ? [] : sorted.slice(first, first + 700));
        for (const key of sorted) keys.delete(key);
        expect(keys.slice(undefined, 10)).toEqual({ first: 0, keys: [] });
      }),
      { numRuns: 15 },
    );
  });
});
