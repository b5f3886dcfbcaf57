import { describe, expect, test } from '@jest/globals';
import { sortKeyOf } from '@voorrang/worklist-store';
import fc from 'fast-check';
import { dicomInstant } from './clock-skew.ts';
import { instanceHash } from './instance-hash.ts';
import { ageAt, clockTime, localTime } from './site-time.ts';
import { compareSortKeys, memberOf, scoreOf } from './sort-key.ts';

const latest = Date.UTC(2101, 0, 1);
const instant = fc.oneof(
  fc.integer({ min: 0, max: latest }),
  fc.constantFrom(0, 1, Date.UTC(2026, 10, 23), Date.UTC(2100, 0, 1), Date.UTC(2100, 11, 31, 23, 59, 59, 999), latest),
);
const place = fc.record({
  band: fc.integer({ min: 0, max: 3 }),
  dueAt: instant,
  arrivedAt: instant,
  studyId: fc.constantFrom('AAAA', 'aaaa', 'Aaaa', '0ZZZ', 'ZZZZ'),
});
type Place = typeof place extends fc.Arbitrary<infer P> ? P : never;
const keyOf = ({ band, dueAt, arrivedAt, studyId }: Place) => ({
  score: scoreOf(band, dueAt),
  member: memberOf(arrivedAt, studyId),
});

describe('the sort key', () => {
  test('orders by band, due time, arrival, then the bytes of the id, up to the year 2101', () => {
    const plain = (a: Place, b: Place): number =>
      a.band - b.band ||
      a.dueAt - b.dueAt ||
      a.arrivedAt - b.arrivedAt ||
      Buffer.compare(Buffer.from(a.studyId), Buffer.from(b.studyId));
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(Math.sign(compareSortKeys(keyOf(a), keyOf(b)))).toBe(Math.sign(plain(a, b)));
        expect(Number.isSafeInteger(keyOf(a).score)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('is the one of the store, and never leaves its limits', () => {
    fc.assert(fc.property(place, (one) => expect(keyOf(one)).toEqual(sortKeyOf(one))));
    expect(scoreOf(3, Number.MAX_SAFE_INTEGER)).toBe(scoreOf(3, latest));
    expect(scoreOf(1, -5)).toBe(scoreOf(1, 0));
  });
});

describe('the clock of a site', () => {
  test('gives local hour and date over changes of summer time and odd offsets', () => {
    expect(localTime(Date.UTC(2026, 2, 29, 0, 59), 'Europe/Amsterdam')).toMatchObject({ hour: 1, minute: 59 });
    expect(localTime(Date.UTC(2026, 2, 29, 1, 0), 'Europe/Amsterdam')).toMatchObject({ hour: 3, minute: 0 });
    expect(localTime(Date.UTC(2026, 0, 1, 0, 20), 'Asia/Kathmandu')).toMatchObject({ hour: 6, minute: 5 });
  });

  test('counts age in completed years on the local calendar', () => {
    const midnight = Date.UTC(2026, 2, 1, 23, 30);
    expect(ageAt('1950-03-02', midnight, 'Europe/Amsterdam')).toBe(76);
    expect(ageAt('1950-03-02', midnight, 'UTC')).toBe(75);
    expect(ageAt(null, midnight, 'UTC')).toBe(-1);
    expect(ageAt('2030-01-01', midnight, 'UTC')).toBe(-1);
  });

  test('names the day when it is another one', () => {
    const now = Date.UTC(2026, 10, 23, 20);
    expect(clockTime(Date.UTC(2026, 10, 23, 20, 40), 'Europe/Amsterdam', now)).toEqual({ en: '21:40', nl: '21.40' });
    expect(clockTime(Date.UTC(2026, 10, 24, 8), 'UTC', now).nl).toBe('24-11 08.00');
  });

  test('reads DICOM date-times with and without offset', () => {
    expect(dicomInstant('20261123090000', 'Europe/Amsterdam')).toBe(Date.UTC(2026, 10, 23, 8));
    expect(dicomInstant('20260701090000.123', 'Europe/Amsterdam')).toBe(Date.UTC(2026, 6, 1, 7));
    expect(dicomInstant('20261123090000+0530', 'UTC')).toBe(Date.UTC(2026, 10, 23, 3, 30));
    expect(dicomInstant('20261123', 'UTC')).toBeNull();
  });
});

test('instance hashes of the UIDs of a large study are all different', () => {
  const uids = Array.from({ length: 20_000 }, (_, n) => `1.3.6.1.4.1.5962.1.1.8.1.${n % 4}.${n}`);
  expect(new Set(uids.map(instanceHash)).size).toBe(uids.length);
});
