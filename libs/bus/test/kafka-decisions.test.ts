import { describe, expect, test } from '@jest/globals';
import { isMembershipLost, publishError } from '../src/kafka/classify-error.ts';
import { backoffMs } from '../src/kafka/partition-feed.ts';
import { decideStarts } from '../src/kafka/start-positions.ts';
import { problemsOf } from '../src/kafka/topic-setup.ts';

const protocolError = (type: string): Error => Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
const wrapped = (cause: Error): Error =>
  Object.assign(new Error('wrapped', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });

describe('where a partition begins', () => {
  const extents = new Map([
    ['imaging/0', { low: 0, high: 10 }],
    ['imaging/1', { low: 5, high: 10 }],
  ]);

  test('at the stored position, at the beginning without one, and never before what retention has kept', () => {
    const starts = decideStarts(['imaging/0', 'imaging/1'], { 'imaging/0': 7, 'imaging/1': 2 }, extents);
    expect([...starts]).toEqual([
      ['imaging/0', 7],
      ['imaging/1', 5],
    ]);
    expect(decideStarts(['imaging/0'], {}, extents).get('imaging/0')).toBe(0);
  });

  test('a position at the end is no loss', () => {
    expect(decideStarts(['imaging/0'], { 'imaging/0': 10 }, extents).get('imaging/0')).toBe(10);
  });

  test('a position beyond the end is refused, because the log has lost records', () => {
    expect(() => decideStarts(['imaging/0'], { 'imaging/0': 11 }, extents)).toThrow('imaging/0 ends at 10 before 11');
  });
});

describe('what is wrong with a topic', () => {
  const forEver = { retentionMs: -1, minInsyncReplicas: 1 };
  const config = (more: Record<string, string> = {}) =>
    new Map(Object.entries({ 'retention.ms': '-1', 'retention.bytes': '-1', 'cleanup.policy': 'delete', ...more }));

  test('nothing, when records are kept for ever', () => {
    expect(problemsOf(config(), forEver)).toEqual([]);
  });

  test.each([
    ['retention.ms', '604800000', 'records must be kept for ever'],
    ['retention.bytes', '1000000', 'no limit'],
    ['cleanup.policy', 'compact', 'delete is required'],
  ])('%s = %s', (name, value, problem) => {
    expect(problemsOf(config({ [name]: value }), forEver)).toEqual([expect.stringContaining(problem)]);
  });

  test('retention that is longer than required is fine, shorter is not', () => {
    const required = { retentionMs: 1_000, minInsyncReplicas: 2 };
    const asked = { 'min.insync.replicas': '2' };
    expect(problemsOf(config({ ...asked, 'retention.ms': '2000' }), required)).toEqual([]);
    expect(problemsOf(config({ ...asked, 'retention.ms': '999' }), required)).toHaveLength(1);
    expect(problemsOf(config({ 'min.insync.replicas': '1' }), required)).toHaveLength(1);
  });
});

describe('what a failed send means', () => {
  test('a refusal is permanent, also deep inside what kafkajs wraps around it', () => {
    expect(publishError(wrapped(protocolError('MESSAGE_TOO_LARGE')))).toMatchObject({
      code: 'VRG_BUS_REFUSED',
      kind: 'permanent',
      details: { kafka: 'MESSAGE_TOO_LARGE' },
    });
  });

  test('everything else is ambiguous: an earlier attempt may have been written', () => {
    for (const error of [protocolError('NOT_LEADER_FOR_PARTITION'), new Error('socket hang up'), 'text']) {
      expect(publishError(error)).toMatchObject({ code: 'VRG_BUS_PUBLISH_UNKNOWN', kind: 'ambiguous' });
    }
  });

  test('losing the membership is told from other failures', () => {
    expect(isMembershipLost(wrapped(protocolError('UNKNOWN_MEMBER_ID')))).toBe(true);
    expect(isMembershipLost(new Error('UNKNOWN_MEMBER_ID'))).toBe(false);
  });
});

test('the pause before the next try grows from 50 ms to the limit and is never zero', () => {
  expect(backoffMs(0, 5_000, 0)).toBe(50);
  expect(backoffMs(3, 5_000, 1)).toBe(800);
  expect(backoffMs(60, 5_000, 1)).toBe(5_000);
});
