import { describe, expect, test } from '@jest/globals';
import { hours, minutes } from '@voorrang/kernel';
import fc from 'fast-check';
import type { AlertFacts, AlertStateName, Contribution } from './alert.ts';
import { type AlertInput, decideAlert } from './decide-alert.ts';

const now = hours(100);

const found = (finding: string, more: Partial<Contribution> = {}): Contribution => ({
  studyId: 's1',
  resultId: `r-${finding}`,
  finding,
  detector: 'd',
  severity: null,
  routeSeverity: 'high',
  location: null,
  receivedAt: now,
  state: 'live',
  ...more,
});

const alert = (id: string, state: AlertStateName, raisedAt: number, ...contributions: Contribution[]): AlertFacts => ({
  id,
  state,
  raisedAt,
  contributions,
});

const decide = (input: Partial<AlertInput>) =>
  decideAlert({ now, episodeMs: hours(24), maximumAgeMs: hours(12), alerts: [], fresh: [], lost: [], ...input });

describe('what becomes of an alert', () => {
  test('without a positive finding there is none', () => {
    expect(decide({}).decision).toEqual({ kind: 'none' });
  });

  test('a first finding raises, an old one only expires, and one young among old ones raises', () => {
    const old = found('LVO', { receivedAt: now - hours(13) });
    expect(decide({ fresh: [found('LVO')] }).decision.kind).toBe('raise');
    expect(decide({ fresh: [old] }).decision.kind).toBe('expire');
    expect(decide({ fresh: [old, found('ICH')] }).decision.kind).toBe('raise');
  });

  test('of several alerts the earliest stays, of equal ones the smaller id', () => {
    const lvo = found('LVO');
    const alerts = [alert('c', 'open', 2, lvo), alert('b', 'open', 1, lvo), alert('a', 'open', 1, lvo)];
    expect(decide({ alerts }).decision).toMatchObject({
      kind: 'keep',
      survivor: { id: 'a' },
      superseded: [{ id: 'b' }, { id: 'c' }],
    });
  });

  test('an ended alert takes nothing in: a new finding raises anew', () => {
    for (const state of ['recalled', 'superseded', 'closed'] as const) {
      const gone = found('LVO', { state: 'withdrawn' });
      expect(decide({ alerts: [alert('a', state, now, gone)], fresh: [found('ICH')] }).decision.kind).toBe('raise');
    }
  });

  test('an acknowledged alert opens for a finding that its holder could not know, not for a corrected one', () => {
    const acknowledged = alert('a', 'acknowledged', now - minutes(5), found('ICH', { state: 'withdrawn' }));
    const corrected = found('ICH', { resultId: 'r2', replaces: 'r-ICH' });
    expect(decide({ alerts: [acknowledged], fresh: [found('LVO')] }).decision).toMatchObject({ change: 'reopen' });
    expect(
      decide({ alerts: [acknowledged], fresh: [corrected], lost: acknowledged.contributions }).decision,
    ).toMatchObject({
      change: 'fill-in',
      tellLost: false,
    });
  });

  test('the same finding on another study is news to the one who acknowledged, a corrected run of the same study is not', () => {
    const acknowledged = alert('a', 'acknowledged', now - minutes(5), found('LVO'));
    const repeat = found('LVO', { studyId: 's2', resultId: 'r2' });
    const again = found('LVO', { resultId: 'r3' });
    expect(decide({ alerts: [acknowledged], fresh: [repeat] }).decision).toMatchObject({ change: 'reopen' });
    expect(decide({ alerts: [acknowledged], fresh: [again] }).decision).toMatchObject({ change: 'fill-in' });
  });

  test('the maximum age counts from when the finding was made', () => {
    const old = found('LVO', { foundAt: now - hours(13) });
    expect(decide({ fresh: [old] }).decision.kind).toBe('expire');
    expect(decide({ fresh: [old, found('ICH', { foundAt: now - hours(11) })] }).decision.kind).toBe('raise');
  });

  test('an acknowledgement in the later of two alerts holds for the earlier one when it covers its findings', () => {
    const open = alert('a', 'open', 1, found('LVO'));
    const taken = alert('b', 'acknowledged', now, found('LVO', { resultId: 'r2' }));
    expect(decide({ alerts: [open, taken] }).decision).toMatchObject({
      change: 'acknowledged-elsewhere',
      acknowledgedIn: { id: 'b' },
    });
    const other = alert('b', 'acknowledged', now, found('ICH'));
    expect(decide({ alerts: [open, other] }).decision).toMatchObject({ change: 'fill-in' });
  });

  test('an alert acknowledged before the episode began is history: recalled when its finding goes, never filled in', () => {
    const past = alert('a', 'acknowledged', now - hours(25), found('LVO', { state: 'withdrawn' }));
    expect(decide({ alerts: [past] })).toEqual({ decision: { kind: 'none' }, history: [past] });
    const standing = alert('a', 'acknowledged', now - hours(25), found('LVO'));
    expect(decide({ alerts: [standing], fresh: [found('LVO', { resultId: 'r2' })] })).toMatchObject({
      decision: { kind: 'raise' },
      history: [],
    });
  });
});

const contribution = fc
  .record({
    finding: fc.constantFrom('ICH', 'LVO', 'PE'),
    resultId: fc.constantFrom('r1', 'r2', 'r3'),
    state: fc.constantFrom('live' as const, 'withdrawn' as const, 'disagreed' as const),
    age: fc.integer({ min: 0, max: hours(30) }),
  })
  .map(({ age, ...more }) => found(more.finding, { ...more, receivedAt: now - age }));

const anyAlert = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    state: fc.constantFrom<AlertStateName>(
      'open',
      'acknowledged',
      'recalled',
      'superseded',
      'fallback-reached',
      'closed',
    ),
    age: fc.integer({ min: 0, max: hours(50) }),
    contributions: fc.array(contribution, { minLength: 1, maxLength: 3 }),
  })
  .map(({ age, ...more }) => ({ ...more, raisedAt: now - age }));

test('no live finding of an open alert ever ends in silence', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyAlert, { selector: ({ id }) => id, maxLength: 4 }),
      fc.array(
        contribution.filter(({ state }) => state === 'live'),
        { maxLength: 2 },
      ),
      (alerts, fresh) => {
        const { decision } = decide({ alerts, fresh });
        const open = alerts.filter(({ state }) => state === 'open' || state === 'fallback-reached');
        const isLive = open.some(({ contributions }) => contributions.some(({ state }) => state === 'live'));
        if (isLive) expect(['refresh', 'keep']).toContain(decision.kind);
        if (isLive || fresh.length > 0) expect(decision.kind).not.toBe('recall');
        if (fresh.length > 0) expect(['raise', 'expire', 'keep']).toContain(decision.kind);
      },
    ),
    { numRuns: 300 },
  );
});
