import { expect, test } from '@jest/globals';
import { seconds } from '@voorrang/kernel';
import { decideRetry } from './retry.ts';

const temporary = { kind: 'temporary', code: 'VRG_CHANNEL_UNAVAILABLE' } as const;

test('tries begin at 0, 10 and 20 s, however long the provider took to fail', () => {
  expect(decideRetry(temporary, 1, 0, seconds(5))).toEqual({ kind: 'again', at: seconds(10) });
  expect(decideRetry(temporary, 2, 0, seconds(15))).toEqual({ kind: 'again', at: seconds(20) });
  expect(decideRetry(temporary, 3, 0, seconds(25))).toEqual({ kind: 'give-up' });
});

test('a refusal is final', () => {
  expect(decideRetry({ kind: 'permanent', code: 'VRG_CHANNEL_REFUSED' }, 1, 0, 0)).toEqual({ kind: 'give-up' });
});

test('a provider that asks for more than the 30 s is given up at once', () => {
  expect(decideRetry({ ...temporary, retryAfterMs: seconds(20) }, 1, 0, 0)).toEqual({ kind: 'again', at: seconds(20) });
  expect(decideRetry({ ...temporary, retryAfterMs: seconds(30) }, 1, 0, 0)).toEqual({ kind: 'give-up' });
});
