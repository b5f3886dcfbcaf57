import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyChange,
  type LiveChange,
  type LiveList,
  type LiveRow,
  listOfPages,
  movesBetween,
  rowsInOrder,
} from './live-list.ts';

const row = (studyId: string, score: number, revision: number, baseScore = score): LiveRow =>
  ({
    studyId,
    revision,
    rank: 99,
    rankWithoutAi: 99,
    sortKey: { score, member: `0${studyId}` },
    baseSortKey: { score: baseScore, member: `0${studyId}` },
  }) as unknown as LiveRow;
const page = (items: readonly LiveRow[], more: { nextCursor?: string; revision?: number; total?: number } = {}) => ({
  revision: 10,
  generatedAt: 0,
  total: items.length,
  state: 'current' as const,
  items,
  epoch: 'e',
  ...more,
});
const order = (list: LiveList): string[] => rowsInOrder(list).map(({ studyId, rank }) => `${rank}${studyId}`);

describe('a list kept current', () => {
  const list = listOfPages([page([row('a', 1, 1), row('b', 2, 1), row('c', 3, 1)])]);

  test('a changed row takes its new place without a reload, and places are counted anew', () => {
    const moved = applyChange(list, { kind: 'row', revision: 11, row: row('c', 0, 11, 3) });
    expect(order(moved)).toEqual(['1c', '2a', '3b']);
    expect(rowsInOrder(moved).map(({ rankWithoutAi }) => rankWithoutAi)).toEqual([3, 1, 2]);
    expect(moved.revision).toBe(11);
  });

  test('a row that is gone leaves, a new one comes in', () => {
    const gone = applyChange(list, { kind: 'gone', revision: 11, studyId: 'a' });
    expect([order(gone), gone.total]).toEqual([['1b', '2c'], 2]);
    const more = applyChange(gone, { kind: 'row', revision: 12, row: row('d', 2.5, 12) });
    expect([order(more), more.total]).toEqual([['1b', '2d', '3c'], 3]);
  });

  test('an older change than what is known changes nothing', () => {
    const newer = applyChange(list, { kind: 'row', revision: 20, row: row('b', 0, 20) });
    expect(order(applyChange(newer, { kind: 'row', revision: 15, row: row('b', 9, 15) }))).toEqual(order(newer));
    expect(order(applyChange(newer, { kind: 'gone', revision: 15, studyId: 'b' }))).toEqual(order(newer));
  });

  test('equal scores are told apart by the bytes of the member', () => {
    expect(order(listOfPages([page([row('z', 1, 1), row('B', 1, 1), row('a', 1, 1)])]))).toEqual(['1B', '2a', '3z']);
  });

  test('a row that moved between two pages is there once, in its newer state', () => {
    const pages = [
      page([row('a', 1, 1), row('b', 2, 1)], { nextCursor: 'x', revision: 9 }),
      page([row('a', 5, 11), row('c', 6, 1)], { total: 3 }),
    ];
    const read = listOfPages(pages);
    expect([order(read), read.complete, read.revision]).toEqual([['1b', '2a', '3c'], true, 9]);
  });

  test('of a list that is not complete, rows beyond its end stay out and the places of the service hold', () => {
    const partial = listOfPages([page([row('a', 1, 1), row('b', 2, 1)], { nextCursor: 'x', total: 100 })]);
    const beyond = applyChange(partial, { kind: 'row', revision: 11, row: row('z', 50, 11) });
    expect([beyond.rows.size, beyond.total, rowsInOrder(beyond)[0]?.rank]).toEqual([2, 101, 99]);
    expect(applyChange(partial, { kind: 'row', revision: 11, row: row('n', 1.5, 11) }).rows.size).toBe(3);
  });

  test('changes of different studies give the same list in any order and repeated', () => {
    const change = fc.record({
      study: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      score: fc.nat(20),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (changes, randoms) => {
        // The newest change of each study, as a coalesced feed gives it.
        const newest = [
          ...new Map(changes.map((one, index) => [one.study, { ...one, revision: 11 + index }])).values(),
        ];
        const told = newest.map(
          ({ study, score, gone, revision }): LiveChange =>
            gone
              ? { kind: 'gone', revision, studyId: study }
              : { kind: 'row', revision, row: row(study, score, revision) },
        );
        const shuffled = told
          .map((one) => ({ one, at: randoms.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const twice = told.flatMap((one): LiveChange[] => [one, one]);
        expect(order(shuffled.reduce(applyChange, list))).toEqual(order(twice.reduce(applyChange, list)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('moves for the highlight', () => {
  const moves = (before: string, after: string): Record<string, string> =>
    Object.fromEntries(
      [...movesBetween([...before], [...after])].map(([id, move]) => [
        id,
        'from' in move ? `${move.kind} ${move.from}` : move.kind,
      ]),
    );

  test.each([
    ['abcd', 'abcd', {}],
    ['abcd', 'dabc', { d: 'up 4' }],
    ['abcd', 'bcda', { a: 'down 1' }],
    ['abcd', 'abxcd', { x: 'fresh' }],
    ['abcd', 'acd', {}],
    ['abcd', 'dac', { d: 'up 4' }],
    ['', 'ab', { a: 'fresh', b: 'fresh' }],
  ])('%s to %s', (before, after, expected) => {
    expect(moves(before, after)).toEqual(expected);
  });
});
