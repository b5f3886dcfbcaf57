import { describe, expect, test } from '@jest/globals';
import { associationStates } from './association-state.ts';
import { type Activity, expiryOf } from './association-timers.ts';

const limits = { artimMs: 30, idleMs: 300, stallMs: 25, progressMs: 60, progressBytes: 1_000 };
const activity: Activity = {
  state: 'established',
  artimStartedAt: 0,
  quietSince: 0,
  isOwedAnswer: false,
  underWay: null,
};

describe('timers of an association', () => {
  test.each(associationStates)(
    'in %s ARTIM counts only while a request or the end of the connection is awaited',
    (state) => {
      const counts = state === 'awaiting-request' || state === 'closing' || state === 'idle';
      expect(expiryOf({ ...activity, state }, limits, 30)).toBe(counts ? 'artim' : undefined);
      expect(expiryOf({ ...activity, state }, limits, 29)).toBeUndefined();
    },
  );

  test.each([
    ['a silent association ends after the idle time', {}, 300, 'idle'],
    ['not before', {}, 299, undefined],
    ['not while we owe the answer', { isOwedAnswer: true }, 10_000, undefined],
    [
      'silence in the middle of a message ends it',
      { quietSince: 20, underWay: { since: 0, bytes: 9_999 } },
      45,
      'stalled',
    ],
    ['not before', { quietSince: 20, underWay: { since: 0, bytes: 9_999 } }, 44, undefined],
    [
      'not while we owe the answer to another',
      { isOwedAnswer: true, underWay: { since: 0, bytes: 9_999 } },
      10_000,
      undefined,
    ],
    ['a message that drips ends it', { quietSince: 59, underWay: { since: 0, bytes: 999 } }, 60, 'too-slow'],
    ['not before its stretch is over', { quietSince: 59, underWay: { since: 1, bytes: 0 } }, 60, undefined],
    [
      'a slow line that goes on is measured anew',
      { quietSince: 59, underWay: { since: 0, bytes: 1_000 } },
      60,
      'progress-measured',
    ],
    [
      'a drip does not count while we owe the answer',
      { isOwedAnswer: true, underWay: { since: 0, bytes: 0 } },
      60,
      undefined,
    ],
  ] as const)('%s', (_name, change, now, expected) => {
    expect(expiryOf({ ...activity, ...change }, limits, now)).toBe(expected);
  });
});
