import { expect, test } from '@jest/globals';
import { heldOf, isMissed, percentile } from './measure.ts';

test('a figure with a peer is held as a ratio, one without as its value', () => {
  expect(heldOf({ name: 'a', value: 700, unit: '/s', against: { name: 'sink', value: 1000 } })).toBe(0.7);
  expect(heldOf({ name: 'a', value: 4, unit: 'ms' })).toBe(4);
});

test('an aim is missed only by more than a quarter', () => {
  const of = (value: number, aim: { atLeast: number } | { atMost: number }) =>
    isMissed({ name: 'a', value, unit: 'ms', aim });
  expect([
    of(76, { atLeast: 100 }),
    of(74, { atLeast: 100 }),
    of(124, { atMost: 100 }),
    of(126, { atMost: 100 }),
  ]).toEqual([false, true, false, true]);
});

test('percentiles are by nearest rank', () => {
  expect([percentile([3, 1, 2], 50), percentile([3, 1, 2], 99), percentile([], 50)]).toEqual([2, 3, Number.NaN]);
});
