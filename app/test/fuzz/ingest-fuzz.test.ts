import { expect, test } from '@jest/globals';
import { seededRandom } from '@voorrang/testing';
import { mutate } from './mutate.ts';
import { type FuzzTarget, runFuzz } from './run-fuzz.ts';
import { structureOfHl7 } from './structures.ts';
import { nastyHl7 } from './tokens.ts';

/** As many as take some seconds on two busy cores; `npm run soak -- --fuzz 50000` runs the long one. */
const cases: Readonly<Record<FuzzTarget, number>> = { pdus: 6_000, 'data-sets': 30_000, hl7: 12_000 };

test.each(Object.entries(cases) as [FuzzTarget, number][])(
  'mutated %s: no crash, no hang, no growth, no promise that was not kept (%i cases)',
  async (target, count) => {
    const report = await runFuzz(target, { cases: count, seed: 20261123, deadlineMs: 80_000 });
    expect(report.failures).toEqual([]);
    expect(report.cases).toBeGreaterThanOrEqual(count);
  },
  90_000,
);

test('the same seed makes the same inputs', () => {
  const input = Buffer.from('MSH|^~\\&|A|B|C|D|20261123||ADT^A08|M1|P|2.5\rPID|1||P1^^^H^PI||A^B\r');
  const made = (seed: number): string[] => {
    const random = seededRandom(seed);
    const options = { random, structureOf: structureOfHl7, dictionary: nastyHl7, longest: 4_096 };
    return Array.from({ length: 50 }, () => mutate(input, input, options).toString('base64'));
  };
  expect(made(5)).toEqual(made(5));
  expect(made(5)).not.toEqual(made(6));
});
