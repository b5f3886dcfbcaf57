import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { en } from './labels/en.ts';
import { nl } from './labels/nl.ts';
import { instantOf, readServerClock, type ServerClock, serverNow } from './server-clock.ts';
import { ageAt, clockText, dateText, durationText } from './time.ts';

const local = (day: number, hour: number, minute: number): number => new Date(2026, 10, day, hour, minute).getTime();

describe('times as people read them', () => {
  test.each([
    [0, '< 1 min'],
    [59_999, '< 1 min'],
    [12 * 60_000 + 59_000, '12 min'],
    [60 * 60_000, '1 u'],
    [135 * 60_000, '2 u 15 min'],
    [49 * 3_600_000, '2 d 1 u'],
    [-5, '< 1 min'],
  ])('%i ms is %s', (ms, text) => {
    expect(durationText(ms, nl)).toBe(text);
  });

  test('the same day shows the time, another day the date as well', () => {
    expect(clockText(local(23, 21, 4), local(23, 23, 59), nl)).toBe('21.04');
    expect(clockText(local(23, 21, 4), local(23, 23, 59), en)).toBe('21:04');
    expect(clockText(local(24, 0, 1), local(23, 23, 59), nl)).toBe('di 24 nov 00.01');
    expect(clockText(local(23, 0, 0), local(23, 1, 0), en, true)).toBe('00:00:00');
  });

  test('age counts whole years, dates are not shifted by any zone', () => {
    expect(ageAt('1960-11-23', local(23, 12, 0))).toBe(66);
    expect(ageAt('1960-11-24', local(23, 12, 0))).toBe(65);
    expect(ageAt(null, 0)).toBeNull();
    expect([dateText('1960-01-02', nl), dateText('1960-01-02', en), dateText('?', nl)]).toEqual([
      '02-01-1960',
      '2 Jan 1960',
      '?',
    ]);
  });
});

describe('the clock of the service', () => {
  test('an offset is followed, network delay is not taken for speed', () => {
    let clock: ServerClock = readServerClock(null, { local: 1_000, server: 601_000 });
    expect(serverNow(clock, 5_000)).toBe(605_000);
    clock = readServerClock(clock, { local: 11_000, server: 610_700 });
    expect(serverNow(clock, 12_000)).toBe(611_700);
  });

  test('a demo that runs sixty times as fast is followed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 120 }), (scale) => {
        const first = readServerClock(null, { local: 0, server: 1_000_000 });
        const clock = readServerClock(first, { local: 10_000, server: 1_000_000 + 10_000 * scale });
        expect(serverNow(clock, 11_000)).toBeCloseTo(1_000_000 + 11_000 * scale);
      }),
      { numRuns: 50 },
    );
  });

  test('generatedAt is read as text and as a number', () => {
    expect([instantOf('1970-01-01T00:00:01.000Z'), instantOf(5), instantOf('x'), instantOf(null)]).toEqual([
      1_000,
      5,
      null,
      null,
    ]);
  });
});
