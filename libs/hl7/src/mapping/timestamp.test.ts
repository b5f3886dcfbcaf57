import { describe, expect, test } from '@jest/globals';
import { dateOf, instantOf } from './timestamp.ts';

describe('HL7 times', () => {
  test.each([
    ['20261123210530', '2026-11-23T20:05:30.000Z'],
    ['202607012105', '2026-07-01T19:05:00.000Z'],
    ['20261123', '2026-11-22T23:00:00.000Z'],
    ['20261123210530.25', '2026-11-23T20:05:30.250Z'],
    ['20261123210530+0000', '2026-11-23T21:05:30.000Z'],
    ['20261123210530-0530', '2026-11-24T02:35:30.000Z'],
    // The hour that the autumn change repeats: the earlier one.
    ['202610250230', '2026-10-25T00:30:00.000Z'],
    ['202610250130', '2026-10-24T23:30:00.000Z'],
    ['202610250300', '2026-10-25T02:00:00.000Z'],
    // The hour that the spring change skips.
    ['202603290230', '2026-03-29T01:30:00.000Z'],
    ['202603290300', '2026-03-29T01:00:00.000Z'],
    // ISO 8601, as some senders write.
    ['2026-11-23', '2026-11-22T23:00:00.000Z'],
    ['2026-11-23T21:05:30', '2026-11-23T20:05:30.000Z'],
    ['2026-11-23 21:05', '2026-11-23T20:05:00.000Z'],
    ['2026-11-23T21:05:30.123456Z', '2026-11-23T21:05:30.123Z'],
    ['2026-11-23T21:05:30-05:30', '2026-11-24T02:35:30.000Z'],
  ])('%s in Amsterdam is %s', (text, expected) => {
    const at = instantOf(text, 'Europe/Amsterdam');
    expect(at === null ? null : new Date(at).toISOString()).toBe(expected);
  });

  test.each([
    '',
    '2026',
    '202611',
    '20260231',
    '20261123250000',
    'yesterday',
    '2026-11-23T25:00',
    '2026-11-23x',
    '""',
    '19690101',
  ])('%j is no instant', (text) => {
    expect(instantOf(text, 'Europe/Amsterdam')).toBeNull();
  });

  test.each([
    ['19600102', '1960-01-02'],
    ['196001021530', '1960-01-02'],
    ['1960-01-02', '1960-01-02'],
    ['196001', null],
    ['19600000', null],
    ['196203520', null],
    ['00000000', null],
    ['1960', null],
  ])('the day of %s is %s', (text, expected) => {
    expect(dateOf(text)).toBe(expected);
  });
});
