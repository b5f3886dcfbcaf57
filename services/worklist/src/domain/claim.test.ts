import { describe, expect, test } from '@jest/globals';
import { type Claim, claimInReading, decideClaim, decideRelease, holderAt, unclaimed } from './claim.ts';

const leaseMs = 100;
const ask = (by: string, now: number, takeOver = false) => ({ by, now, leaseMs, takeOver, reading: '2:s' });
const held: Claim = { holder: 'a', until: 100, fence: 4, reading: '2:s' };

describe('a claim', () => {
  test.each([
    ['of nobody is granted under the next fence', unclaimed, ask('b', 0), 'granted', 1],
    ['that has run out is granted to another', held, ask('b', 100), 'granted', 5],
    ['that has run out is granted anew to the same person', held, ask('a', 100), 'granted', 5],
    ['is taken over under the next fence', held, ask('b', 10, true), 'granted', 5],
    ['early in its lease stays as it is', held, ask('a', 49), 'unchanged', 4],
    ['late in its lease is renewed under its fence', held, ask('a', 50), 'renewed', 4],
  ] as const)('%s', (_what, current, request, kind, fence) => {
    const decision = decideClaim(current, request);
    expect(decision).toMatchObject({ kind, claim: { holder: request.by, fence } });
  });

  test('holds nothing in a later reading, unless the row shows it or nobody knows its reading', () => {
    const ended = { ...held, holder: null, until: null };
    expect(claimInReading(held, { reading: '3:s', claimed: false })).toEqual(ended);
    expect(claimInReading(held, { reading: '3:s', claimed: true })).toBe(held);
    expect(claimInReading(held, { reading: '1:s', claimed: false })).toBe(held);
    const unknown = { ...held, reading: null };
    expect(claimInReading(unknown, { reading: '3:s', claimed: false })).toBe(unknown);
  });

  test('of another is told with its end', () => {
    expect(decideClaim(held, ask('b', 99))).toEqual({ kind: 'held', holder: { by: 'a', until: 100 } });
    expect(holderAt(held, 100)).toBeNull();
  });

  test('is released by its holder only, and only under its own fence', () => {
    expect(decideRelease(held, 'a', 0)).toEqual({ kind: 'released', claim: { ...held, holder: null, until: null } });
    expect(decideRelease(held, 'a', 0, 3).kind).toBe('held');
    expect(decideRelease(held, 'b', 0).kind).toBe('held');
    expect(decideRelease(held, 'b', 100).kind).toBe('unchanged');
  });
});
