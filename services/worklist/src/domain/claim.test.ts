import { describe, expect, test } from '@jest/globals';
import { type Claim, decideClaim, decideRelease, holderAt, unclaimed } from './claim.ts';

const leaseMs = 100;
const ask = (by: string, now: number, takeOver = false) => ({ by, now, leaseMs, takeOver });
const held: Claim = { holder: 'a', until: 100, fence: 4 };

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

  test('of another is told with its end', () => {
    expect(decideClaim(held, ask('b', 99))).toEqual({ kind: 'held', holder: { by: 'a', until: 100 } });
    expect(holderAt(held, 100)).toBeNull();
  });

  test('is released by its holder only, and only under its own fence', () => {
    expect(decideRelease(held, 'a', 0)).toEqual({ kind: 'released', claim: { holder: null, until: null, fence: 4 } });
    expect(decideRelease(held, 'a', 0, 3).kind).toBe('held');
    expect(decideRelease(held, 'b', 0).kind).toBe('held');
    expect(decideRelease(held, 'b', 100).kind).toBe('unchanged');
  });
});
