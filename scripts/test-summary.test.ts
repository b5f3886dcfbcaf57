import { expect, test } from '@jest/globals';
import { type JestResult, summarise } from './test-summary.ts';

const result = (more: Partial<JestResult> = {}): JestResult => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
  ...more,
});

test('a clean run closes with the counts and is ok', () => {
  expect(summarise(result(), 0)).toEqual({ ok: true, lines: [], closing: '3 passed, 0 failed, 0 skipped' });
});

test('a test file that does not load is a failure', () => {
  const summary = summarise(result({ numRuntimeErrorTestSuites: 1 }), 1);
  expect([summary.ok, summary.closing]).toEqual([false, '3 passed, 1 failed, 0 skipped']);
});

test('skipped tests are named with their reason', () => {
  const assertionResults = [{ status: 'pending', fullName: 'Kafka (skipped: kafka: no java)' }];
  const summary = summarise(result({ numPendingTests: 1, testResults: [{ assertionResults }] }), 0);
  expect(summary.lines).toEqual(['skipped: Kafka (skipped: kafka: no java)']);
  expect(summary.closing).toBe('3 passed, 0 failed, 1 skipped');
});

test('a runner that ends without a result, or with an error that no test explains, is a failure', () => {
  expect(summarise(undefined, 137)).toMatchObject({ ok: false, closing: '0 passed, 1 failed, 0 skipped' });
  expect(summarise(result(), 1)).toMatchObject({ ok: false, closing: '3 passed, 1 failed, 0 skipped' });
});
