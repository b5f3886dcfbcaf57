import { expect, test } from '@jest/globals';
import { type OrderNumbers, tellsOf } from './order-numbers.ts';

const numbers = (placer: string | null, filler: string | null): OrderNumbers => ({ placer, filler });

test('facts under a placer number alone are of each order with a filler number that names that placer, and not the other way', () => {
  expect(tellsOf(numbers('P', null), numbers('P', 'F'))).toBe(true);
  expect(tellsOf(numbers('P', 'F'), numbers('P', null))).toBe(false);
});

test.each([
  ['another placer number', numbers('Q', null), numbers('P', 'F')],
  ['no placer number', numbers(null, null), numbers(null, 'F')],
  ['another filler number', numbers('P', 'F'), numbers('P', 'G')],
  ['a placer number alone on both sides', numbers('P', null), numbers('P', null)],
])('%s makes them different orders', (_name, one, order) => expect(tellsOf(one, order)).toBe(false));
