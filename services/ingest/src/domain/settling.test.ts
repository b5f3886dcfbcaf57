import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideSettling, dueAtOf, newStudy, observeInstances, type StudyProgress } from './settling.ts';

const limits = { settleMs: 30, hardLimitMs: 100 };
const at = (...instants: number[]): StudyProgress =>
  instants.reduce(
    (progress, instant) => observeInstances(progress, { firstAt: instant, lastAt: instant }, limits),
    newStudy,
  );

describe('decideSettling', () => {
  test.each([
    ['nothing has come', newStudy, 1000, { kind: 'wait', reason: 'nothing-open' }],
    ['just before it has been quiet', at(0), 29, { kind: 'wait', reason: 'not-yet-due' }],
    ['when it has been quiet', at(0), 30, { kind: 'settle', by: 'quiet', version: 1, imagesCompleteAt: 0 }],
    ['late, after a restart', at(0), 5000, { kind: 'settle', by: 'quiet', version: 1, imagesCompleteAt: 0 }],
    ['a new image puts it off', at(0, 20), 49, { kind: 'wait', reason: 'not-yet-due' }],
    ['quiet after the last image', at(0, 20), 50, { kind: 'settle', by: 'quiet', imagesCompleteAt: 20 }],
    ['images that never end', at(0, 25, 50, 75, 99), 100, { kind: 'settle', by: 'hard-limit', imagesCompleteAt: 99 }],
    ['an image told out of order', at(20, 0), 49, { kind: 'wait', reason: 'not-yet-due' }],
  ])('%s', (_case, progress, now, expected) => {
    expect(decideSettling(progress, now)).toMatchObject(expected);
  });

  test('images after settling make a new version with a new hard limit', () => {
    const first = decideSettling(at(0), 30);
    if (first.kind !== 'settle') throw new Error('not settled');
    const late = observeInstances(first.next, { firstAt: 500, lastAt: 500 }, limits);
    expect(dueAtOf(late)).toBe(530);
    expect(decideSettling(late, 530)).toMatchObject({ kind: 'settle', version: 2, imagesCompleteAt: 500 });
  });

  test('the order in which images are told does not matter, nor does telling one twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }), fc.nat(400), (instants, now) => {
        const sorted = at(...[...instants].sort((a, b) => a - b));
        expect(at(...instants, ...instants)).toEqual(sorted);
        expect(decideSettling(at(...instants), now)).toEqual(decideSettling(sorted, now));
      }),
    );
  });

  test('it settles exactly at the stored due time, never before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }), (instants) => {
        const progress = at(...instants);
        const due = dueAtOf(progress) ?? Number.NaN;
        expect(decideSettling(progress, due - 1).kind).toBe('wait');
        expect(decideSettling(progress, due).kind).toBe('settle');
      }),
    );
  });
});
