import { describe, expect, test } from '@jest/globals';
import { days, hours, minutes } from '@voorrang/kernel';
import fc from 'fast-check';
import { dueAt, localTimeAt, type OnCall, type Shift, whoIsOnCall } from '../src/index.ts';

const amsterdam = 'Europe/Amsterdam';
const at = (text: string): number => Date.parse(text);
const zones = fc.constantFrom(
  amsterdam,
  'Europe/Brussels',
  'America/New_York',
  'Asia/Jerusalem',
  'UTC',
  'Pacific/Apia',
);
const instants = fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') });

describe('a wait', () => {
  test.each([
    ['Tuesday to Thursday', '2026-03-03T15:00:00+01:00', 2, '2026-03-05T15:00:00+01:00'],
    ['Friday over the weekend', '2026-03-06T15:00:00+01:00', 2, '2026-03-10T15:00:00+01:00'],
    ['Saturday begins on Monday', '2026-03-07T10:00:00+01:00', 1, '2026-03-10T00:00:00+01:00'],
    ['Friday over the change to summer time', '2026-03-27T15:00:00+01:00', 1, '2026-03-30T15:00:00+02:00'],
    ['Friday over the change to winter time', '2026-10-23T15:00:00+02:00', 1, '2026-10-26T15:00:00+01:00'],
    ['five working days are a week', '2026-03-04T09:00:00+01:00', 5, '2026-03-11T09:00:00+01:00'],
  ])('of working days: %s', (_name, start, workingDays, due) => {
    expect(new Date(dueAt(at(start), { workingDays }, amsterdam)).toISOString()).toBe(new Date(due).toISOString());
  });

  test('of plain time runs through every weekend', () => {
    expect(dueAt(at('2026-03-06T23:00:00Z'), { ms: hours(4) }, amsterdam)).toBe(at('2026-03-07T03:00:00Z'));
  });

  test('never ends before one that began earlier, and never ends in a weekend', () => {
    fc.assert(
      fc.property(
        zones,
        instants,
        fc.integer({ min: 0, max: days(4) }),
        fc.integer({ min: 1, max: 6 }),
        (zone, start, later, n) => {
          const due = dueAt(start, { workingDays: n }, zone);
          expect(dueAt(start + later, { workingDays: n }, zone)).toBeGreaterThanOrEqual(due);
          expect(due - start).toBeGreaterThanOrEqual(days(n));
          expect(due - start).toBeLessThanOrEqual(days(n) + days(2) * (1 + Math.ceil(n / 5)) + hours(4));
          expect(localTimeAt(due - 1, zone).weekday).toBeLessThanOrEqual(5);
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('local time knows summer time, midnight and the day of the week', () => {
  expect(localTimeAt(at('2026-03-29T00:59:00Z'), amsterdam)).toEqual({
    date: 20260329,
    weekday: 7,
    hour: 1,
    minuteOfDay: 119,
  });
  expect(localTimeAt(at('2026-03-29T01:00:00Z'), amsterdam)).toMatchObject({ hour: 3, minuteOfDay: 180 });
  expect(localTimeAt(at('2026-11-22T23:00:00Z'), amsterdam)).toMatchObject({ date: 20261123, weekday: 1, hour: 0 });
});

describe('who is on call', () => {
  const week = [1, 2, 3, 4, 5, 6, 7];
  const shift = (person: string, fromMinute: number, toMinute: number, days = week): Shift => ({
    site: 'EX',
    team: 'STROKE',
    role: 'first',
    person,
    days,
    fromMinute,
    toMinute,
  });
  const rota = (...shifts: readonly Shift[]): OnCall => ({
    people: Object.fromEntries(shifts.map(({ person }) => [person, { id: person, name: person, channels: {} }])),
    shifts,
  });
  const dayAndNight = rota(shift('day', 480, 1_080), shift('night', 1_080, 480));
  const onCall = (of: OnCall, instant: number, zone = amsterdam) =>
    whoIsOnCall(of, 'EX', 'STROKE', 'first', instant, zone).map(({ id }) => id);

  test('hands over at the minute, and the night shift belongs to the day on which it began', () => {
    expect(onCall(dayAndNight, at('2026-03-03T07:59:59+01:00'))).toEqual(['night']);
    expect(onCall(dayAndNight, at('2026-03-03T08:00:00+01:00'))).toEqual(['day']);
    const weekendNight = rota(shift('weekend', 1_080, 480, [6]));
    expect(onCall(weekendNight, at('2026-03-08T07:00:00+01:00'))).toEqual(['weekend']);
    expect(onCall(weekendNight, at('2026-03-07T07:00:00+01:00'))).toEqual([]);
  });

  test.each(['2026-03-28', '2026-10-24'])('exactly one holds the role at every minute of the days around %s', (day) => {
    const thirds = rota(shift('early', 150, 630), shift('late', 630, 1_110), shift('night', 1_110, 150));
    for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
      expect(onCall(thirds, at(`${day}T00:00:00Z`) + minutes(minute))).toHaveLength(1);
    }
  });

  test('exactly one holds the role at any instant in any zone, whatever the hours of the handover', () => {
    const minute = fc.integer({ min: 1, max: 1_439 });
    fc.assert(
      fc.property(
        zones,
        instants,
        fc.uniqueArray(minute, { minLength: 2, maxLength: 5 }),
        (zone, instant, handovers) => {
          const times = [...handovers].sort((a, b) => a - b);
          const shifts = times.map((from, i) => shift(`p${i}`, from, times[(i + 1) % times.length] ?? 0));
          expect(onCall(rota(...shifts), instant, zone)).toHaveLength(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('another site, team or role is nobody, and a person with two shifts at once is told once', () => {
    expect(whoIsOnCall(dayAndNight, 'XX', 'STROKE', 'first', 0, amsterdam)).toEqual([]);
    expect(onCall(rota(shift('a', 0, 1_440), shift('a', 480, 1_080)), at('2026-03-03T12:00:00Z'))).toEqual(['a']);
  });
});
