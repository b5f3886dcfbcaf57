import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type MergeWord, mergePointers } from './merge-pointers.ts';

const word = (seq: number, prior: string, survivor: string, undone = false): MergeWord => ({
  prior,
  survivor,
  undone,
  stamp: { observedAt: seq, ingestId: 'i', seq },
});
const pointers = (...words: MergeWord[]) => Object.fromEntries(mergePointers(words));

test('the last word on a patient counts', () => {
  expect(pointers(word(1, 'a', 'b'), word(2, 'a', 'c'))).toEqual({ a: 'c' });
  expect(pointers(word(1, 'a', 'b'), word(2, 'a', 'b', true))).toEqual({});
  expect(pointers(word(1, 'a', 'b', true), word(2, 'a', 'b'))).toEqual({ a: 'b' });
});

test('an undoing that names another survivor than the one in force undoes nothing', () => {
  expect(pointers(word(1, 'a', 'b'), word(2, 'a', 'c', true), word(3, 'b', 'a', true))).toEqual({ a: 'b' });
});

test('a merge that would close a circle is refused, until the one before it is undone', () => {
  expect(pointers(word(1, 'a', 'b'), word(2, 'b', 'a'), word(3, 'a', 'a'))).toEqual({ a: 'b' });
  expect(pointers(word(1, 'a', 'b'), word(2, 'a', 'b', true), word(3, 'b', 'a'))).toEqual({ b: 'a' });
});

test('any order with any repetition gives the same pointers, without circles', () => {
  const one = fc.record({
    prior: fc.constantFrom('a', 'b', 'c', 'd'),
    survivor: fc.constantFrom('a', 'b', 'c', 'd'),
    undone: fc.boolean(),
  });
  const words = fc
    .array(one, { maxLength: 12 })
    .map((all) => all.map((w, at) => word(at, w.prior, w.survivor, w.undone)));
  const told = words.chain((all) =>
    fc.record({
      all: fc.constant(all),
      told: fc
        .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.shuffledSubarray(all))
        .map((two) => two.flat()),
    }),
  );
  fc.assert(
    fc.property(told, (one) => {
      const into = mergePointers(one.told);
      expect(into).toEqual(mergePointers(one.all));
      for (const start of into.keys()) {
        let steps = 0;
        for (let at = into.get(start); at !== undefined && steps <= 4; at = into.get(at)) steps += 1;
        expect(steps).toBeLessThanOrEqual(4);
      }
    }),
    { seed: 34, numRuns: 500 },
  );
});
