import { describe, expect, test } from '@jest/globals';
import { compareStamps } from '@voorrang/kernel';
import { localTimeAt } from '@voorrang/protocol';
import fc from 'fast-check';
import { addSample, isSkewed, type SkewSamples, skewOf } from './clock-skew.ts';
import { compareStudies, nextAtMinute } from './comparison.ts';
import { type AwaitedOrder, asksForImages, orderDueAt, stampText } from './matching.ts';

describe('clock skew', () => {
  const of = (...samples: number[]): SkewSamples => samples.reduce<SkewSamples>(addSample, []);

  test('is the median, so that neither one wrong date nor an emptied queue makes it', () => {
    const normal = [-40, -60, -50, -45, -55, -52, -48, -51];
    expect(skewOf(of(...normal))).toBeNull();
    expect(skewOf(of(...normal, 9e9))).toBe(-50);
    expect(skewOf(of(...new Array<number>(40).fill(-60), ...new Array<number>(20).fill(-3_600_000)))).toBe(-60);
  });

  test('follows a clock that was set, when most of the samples that are kept are new', () => {
    expect(skewOf(of(...new Array<number>(63).fill(0), ...new Array<number>(32).fill(500)))).toBe(500);
  });

  const given = { bothWays: true, limitMs: 120_000, told: false };
  test('counts both ways for messages, and only ahead of ours for images', () => {
    expect(isSkewed(-130_000, given)).toBe(true);
    expect(isSkewed(130_000, given)).toBe(true);
    expect(isSkewed(-1_800_000, { ...given, bothWays: false })).toBe(false);
    expect(isSkewed(121_000, { ...given, bothWays: false })).toBe(true);
  });

  test('at the limit does not come and go', () => {
    expect(isSkewed(119_000, given)).toBe(false);
    expect(isSkewed(119_000, { ...given, told: true })).toBe(true);
    expect(isSkewed(89_000, { ...given, told: true })).toBe(false);
  });
});

describe('an order that waits for images', () => {
  const order: AwaitedOrder = {
    firstPlaced: '1',
    lastPlaced: '1',
    lastCancelled: null,
    status: null,
    reported: false,
    requestedAt: null,
    firstAt: 100,
  };
  test('asks for them unless it is cancelled, discontinued or reported', () => {
    expect(asksForImages(order)).toBe(true);
    expect(asksForImages({ ...order, status: 'completed' })).toBe(true);
    expect(asksForImages({ ...order, status: 'discontinued' })).toBe(false);
    expect(asksForImages({ ...order, reported: true })).toBe(false);
    expect(asksForImages({ ...order, lastCancelled: '2' })).toBe(false);
  });
  test('asks again when it is placed once more, not when its first placing comes late', () => {
    expect(asksForImages({ ...order, lastCancelled: '2', lastPlaced: '3' })).toBe(true);
    expect(asksForImages({ ...order, firstPlaced: '3', lastPlaced: '3', lastCancelled: '2' })).toBe(false);
    expect(asksForImages({ ...order, lastPlaced: '3', lastCancelled: '4' })).toBe(false);
  });
  test('is due so long after its appointment, and never before we knew it', () => {
    expect([orderDueAt(order, 50), orderDueAt({ ...order, requestedAt: 70 }, 50)]).toEqual([150, 150]);
    expect(orderDueAt({ ...order, requestedAt: 9_000 }, 50)).toBe(9_050);
  });
  test('stamps as text are in the order of stamps', () => {
    const stamp = fc.record({
      observedAt: fc.integer({ min: 0, max: 2 ** 45 }),
      ingestId: fc.constantFrom('a', 'ab', 'b'),
      seq: fc.integer({ min: 0, max: 10 ** 7 }),
    });
    fc.assert(
      fc.property(stamp, stamp, (a, b) => {
        const [x, y] = [stampText(a), stampText(b)];
        expect(Math.sign(x < y ? -1 : x > y ? 1 : 0)).toBe(Math.sign(compareStamps(a, b)));
      }),
      { seed: 5 },
    );
  });
});

describe('a comparison', () => {
  test('tells what either side lacks, and where fewer images came here', () => {
    const here = [
      { studyInstanceUid: '1', images: 3 },
      { studyInstanceUid: '2', images: 9 },
      { studyInstanceUid: '3', images: 4 },
    ];
    const there = [
      { studyInstanceUid: '2', images: 10 },
      { studyInstanceUid: '3', images: null },
      { studyInstanceUid: '4', images: 2 },
      { studyInstanceUid: '4', images: 2 },
    ];
    expect(compareStudies(here, there)).toEqual({
      missingHere: ['4'],
      missingAtPacs: ['1'],
      fewerHere: [{ studyInstanceUid: '2', here: 9, there: 10 }],
    });
  });
});

describe('the next night', () => {
  const amsterdam = (at: number) => localTimeAt(at, 'Europe/Amsterdam');
  const next = (after: string, minute: number): string =>
    new Date(nextAtMinute(Date.parse(after), minute, amsterdam)).toISOString();

  test.each([
    ['2026-03-03T00:00:00Z', 150, '2026-03-03T01:30:00.000Z', 'later today'],
    ['2026-03-03T01:30:00Z', 150, '2026-03-04T01:30:00.000Z', 'not the same minute again'],
    ['2026-03-28T12:00:00Z', 150, '2026-03-29T01:00:00.000Z', 'the minute that the clock skips'],
    ['2026-10-24T12:00:00Z', 150, '2026-10-25T00:30:00.000Z', 'the first of two'],
    ['2026-10-25T00:30:00Z', 150, '2026-10-26T01:30:00.000Z', 'and not the second'],
    ['2026-03-03T12:00:00Z', 0, '2026-03-03T23:00:00.000Z', 'midnight'],
  ])('after %s, minute %d: %s (%s)', (after, minute, expected) => {
    expect(next(after, minute)).toBe(expected);
  });
});
