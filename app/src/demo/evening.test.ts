import { expect, test } from '@jest/globals';
import { makeEvening } from './evening.ts';
import { seededRandom } from './seeded-random.ts';

test('an evening has 40 studies in order of time, and the same seed tells the same one', () => {
  const evening = makeEvening(seededRandom(7), '1.2.3');
  expect(new Set(evening.map(({ study }) => study.uid)).size).toBe(40);
  expect(evening.map(({ minute }) => minute)).toEqual(evening.map(({ minute }) => minute).sort((a, b) => a - b));
  expect(makeEvening(seededRandom(7), '1.2.3')).toEqual(evening);
});

test('over some evenings there are misses of every kind: failures, inconclusive and missing runs, withdrawals, merges, cancels, late series', () => {
  const all = Array.from({ length: 20 }, (_, seed) => makeEvening(seededRandom(seed + 1), '1.2.3')).flat();
  const kinds = new Set(all.map((happening) => happening.kind));
  expect([...kinds].sort()).toEqual([
    'cancel',
    'images',
    'late-series',
    'merge',
    'order',
    'report',
    'run',
    'withdrawal',
  ]);
  const outcomes = new Set(
    all.flatMap((happening) => (happening.kind === 'run' ? [happening.run.outcome ?? happening.run.status] : [])),
  );
  expect([...outcomes].sort()).toEqual(['failed', 'inconclusive', 'negative', 'not-eligible', 'positive']);
});
