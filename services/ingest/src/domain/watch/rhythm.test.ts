import { describe, expect, test } from '@jest/globals';
import { localTimeAt } from '@voorrang/protocol';
import fc from 'fast-check';
import { paceOfRanges, shareBetween, usedUpAt, type WallClock } from './pace.ts';
import { learnSlot, newRhythm, paceOfRhythm, type Rhythm, slotMs, slotOf } from './rhythm.ts';
import { decideSilence, downtimesOf } from './silence.ts';

const minutes = (n: number): number => n * 60_000;
const hours = (n: number): number => n * 3_600_000;
const days = (n: number): number => n * 86_400_000;

/** The conversion of a quarter is kept: the tests ask for the same ones a great many times. */
const wallOf = (timeZone: string): WallClock => {
  const known = new Map<number, ReturnType<WallClock>>();
  return (at) => {
    const quarter = Math.floor(at / minutes(15));
    const kept = known.get(quarter) ?? localTimeAt(quarter * minutes(15), timeZone);
    known.set(quarter, kept);
    return kept;
  };
};
const amsterdam = wallOf('Europe/Amsterdam');
/** A Monday, 0 h in Amsterdam. */
const monday = Date.parse('2026-01-04T23:00:00Z');

/** Learns from `from` to `to`: heard in the slots that `speaks` says. */
function learned(from: number, to: number, speaks: (at: number) => boolean, listens = (_at: number) => true): Rhythm {
  let rhythm = newRhythm;
  for (let at = slotOf(from); at < to; at += slotMs) {
    rhythm = learnSlot(rhythm, amsterdam, { at, listened: listens(at), heard: speaks(at) });
  }
  return rhythm;
}

const silenceOf = (rhythm: Rhythm, heardAt: number): number => {
  const pace = paceOfRhythm(rhythm);
  if (pace === null) throw new Error('not learned');
  const at = usedUpAt(pace, amsterdam, heardAt, 1);
  if (at === null) throw new Error('never');
  return at - heardAt;
};
const byDay = (at: number): boolean => {
  const { weekday, hour } = amsterdam(at);
  return weekday <= 5 && hour >= 8 && hour < 17;
};

describe('a rhythm that was learned', () => {
  test('nothing is told before two weeks were listened to and fifty gaps were met', () => {
    expect(paceOfRhythm(newRhythm)).toBeNull();
    expect(paceOfRhythm(learned(monday, monday + days(13.9), byDay))).toBeNull();
    const seldom = (at: number): boolean => at % days(2) === 0;
    expect(paceOfRhythm(learned(monday, monday + days(40), seldom))).toBeNull();
    expect(paceOfRhythm(learned(monday, monday + days(15), byDay))).not.toBeNull();
  });

  test('a sender of working hours is missed within a quarter of an hour by day, and on the next morning, never by night or in the weekend', () => {
    const rhythm = learned(monday, monday + days(28), byDay);
    const week = monday + days(28);
    expect(silenceOf(rhythm, week + hours(10))).toBeLessThanOrEqual(minutes(15));
    const nextMorning = silenceOf(rhythm, week + hours(16.95));
    expect(nextMorning).toBeGreaterThan(hours(15));
    expect(nextMorning).toBeLessThan(hours(15.5));
    const afterTheWeekend = silenceOf(rhythm, week + days(4) + hours(16.95));
    expect(afterTheWeekend).toBeGreaterThan(days(2) + hours(15));
    expect(afterTheWeekend).toBeLessThan(days(2) + hours(15.5));
  });

  test('a sender that is heard now and then is given the time of its usual gaps', () => {
    const everyHour = (at: number): boolean => at % hours(1) === 0;
    const silence = silenceOf(learned(monday, monday + days(21), everyHour), monday + days(21));
    expect(silence).toBeGreaterThan(hours(1.5));
    expect(silence).toBeLessThan(hours(5));
  });

  test('time in which we did not listen teaches nothing', () => {
    const from = monday + days(14);
    const away = (at: number): boolean => at < from || at >= from + days(3);
    const whole = learned(monday, monday + days(28), byDay);
    const broken = learned(monday, monday + days(28), (at) => byDay(at) && away(at), away);
    const at = monday + days(28) + hours(10);
    expect(Math.abs(silenceOf(broken, at) - silenceOf(whole, at))).toBeLessThan(minutes(3));
  });

  test('a new rhythm takes the place of an old one within some weeks', () => {
    const change = monday + days(56);
    const rhythm = learned(monday, change + days(56), (at) => (at < change ? byDay(at) : true));
    expect(silenceOf(rhythm, change + days(56) + hours(2))).toBeLessThanOrEqual(minutes(30));
  });

  test('a sender of the same restless habits is told silent less than once in two weeks, and always soon after it stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.constantFrom(0.15, 0.4, 0.8), (seed, share) => {
        let state = seed;
        const random = (): number => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          return state / 2 ** 32;
        };
        const speaks = (at: number): boolean => byDay(at) && random() < share;
        const rhythm = learned(monday, monday + days(28), speaks);
        const pace = paceOfRhythm(rhythm) ?? [];
        let heardAt = monday + days(28);
        let alarms = 0;
        for (let at = heardAt; at < monday + days(42); at += slotMs) {
          if (!speaks(at)) continue;
          if (shareBetween(pace, amsterdam, heardAt, at) >= 1) alarms += 1;
          heardAt = at;
        }
        expect(alarms).toBeLessThanOrEqual(1);
        expect(silenceOf(rhythm, monday + days(42) + hours(9))).toBeLessThan(hours(share < 0.2 ? 30 : 6));
      }),
      { numRuns: 8, seed: 17 },
    );
  }, 60_000);
});

describe('patience', () => {
  const pace = paceOfRanges([
    { fromHour: 7, toHour: 19, silenceMs: minutes(30) },
    { fromHour: 19, toHour: 7, silenceMs: hours(4) },
  ]);
  const usedUp = (from: number): number => (usedUpAt(pace, amsterdam, from, 1) ?? Number.NaN) - from;

  test('with one range it is used up after exactly its silence', () => {
    expect(usedUp(monday + hours(9) + 1_234)).toBe(minutes(30));
    expect(usedUp(monday + hours(20))).toBe(hours(4));
  });

  test('what was used up in the night counts in the morning', () => {
    expect(usedUp(monday + hours(5))).toBe(hours(2) + minutes(15));
  });

  test('hours outside all ranges use nothing up, and without any range nobody waits', () => {
    const office = paceOfRanges([{ fromHour: 8, toHour: 17, silenceMs: hours(1) }]);
    expect(usedUpAt(office, amsterdam, monday + hours(16.5), 1)).toBe(monday + days(1) + hours(8.5));
    expect(usedUpAt(paceOfRanges([]), amsterdam, monday, 1)).toBeNull();
  });

  test.each([
    ['the night of 23 hours', '2026-03-28T23:00:00Z', hours(23)],
    ['the night of 25 hours', '2026-10-24T22:00:00Z', hours(25)],
  ])('in %s the range follows the clock on the wall', (_night, midnight, length) => {
    const night = paceOfRanges([{ fromHour: 0, toHour: 6, silenceMs: hours(100) }]);
    const from = Date.parse(midnight);
    expect(shareBetween(night, amsterdam, from, from + length)).toBeCloseTo((length - hours(18)) / hours(100), 9);
  });

  test('share and instant agree, and more silence never gives patience back', () => {
    const instant = fc.integer({ min: 0, max: days(365) }).map((ms) => monday + ms);
    fc.assert(
      fc.property(
        instant,
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        fc.integer({ min: 0, max: hours(9) }),
        (from, share, more) => {
          const at = usedUpAt(pace, amsterdam, from, share);
          if (at === null) throw new Error('watched at every hour');
          expect(shareBetween(pace, amsterdam, from, at)).toBeCloseTo(share, 5);
          expect(shareBetween(pace, amsterdam, from, at + more)).toBeGreaterThanOrEqual(share - 1e-9);
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe('silence', () => {
  const pace = paceOfRanges([{ fromHour: 0, toHour: 0, silenceMs: minutes(30) }]);
  const heardAt = monday + hours(10);
  const given = { heardAt, pace, wall: amsterdam, from: 0, downtimes: [], silentSince: null };

  test('is told when patience is used up, and not before', () => {
    expect(decideSilence({ ...given, now: heardAt + minutes(30) - 1 })).toEqual({
      dueAt: heardAt + minutes(30),
      silentSince: null,
    });
    expect(decideSilence({ ...given, now: heardAt + minutes(30) })).toEqual({ dueAt: null, silentSince: heardAt });
  });

  test('stays until the sender is heard, and then is over at once', () => {
    const silent = { ...given, silentSince: heardAt };
    expect(decideSilence({ ...silent, now: heardAt + days(3) }).silentSince).toBe(heardAt);
    const heard = heardAt + hours(2);
    expect(decideSilence({ ...silent, heardAt: heard, now: heard })).toEqual({
      dueAt: heard + minutes(30),
      silentSince: null,
    });
  });

  test('our own downtime is not the silence of a sender', () => {
    const down = [{ from: heardAt + minutes(10), to: heardAt + minutes(70) }];
    expect(decideSilence({ ...given, downtimes: down, now: heardAt + minutes(89) }).silentSince).toBeNull();
    expect(decideSilence({ ...given, downtimes: down, now: heardAt + minutes(90) }).silentSince).toBe(heardAt);
    expect(downtimesOf([0, slotMs, 4 * slotMs], slotMs)).toEqual([{ from: 2 * slotMs, to: 4 * slotMs }]);
  });

  test('of a sender that is not watched is never told', () => {
    expect(decideSilence({ ...given, pace: null, now: heardAt + days(9), silentSince: heardAt })).toEqual({
      dueAt: null,
      silentSince: null,
    });
  });
});
