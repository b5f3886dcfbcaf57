import { expect, test } from '@jest/globals';
import type { UrgencyClass } from '@voorrang/contracts';
import { en } from '../../shared/labels/en.ts';
import { classesAbove, clockLines, conflictLines, runLines } from './view-model.ts';

const now = new Date(2026, 10, 23, 21, 28).getTime();

test('a person may only raise', () => {
  const shown = (urgencyClass: UrgencyClass | null) => classesAbove({ urgencyClass, reasons: [] });
  expect(shown('urgent')).toEqual(['acute', 'emergency']);
  expect(shown('acute')).toEqual([]);
  expect(shown(null)).toHaveLength(4);
});

test('a person may raise what AI alone has made acute', () => {
  const text = { en: 'Without AI: routine', nl: 'Zonder AI: routine' };
  const reasons = [{ code: 'without-ai', ruleId: 'routine', text }];
  expect(classesAbove({ urgencyClass: 'acute', reasons })).toEqual(['acute', 'emergency', 'urgent']);
});

test('clocks without a time are left out, the others count from the first', () => {
  const clocks = {
    firstObservedAt: now - 600_000,
    imagesCompleteAt: now - 300_000,
    firstRunReceivedAt: null,
    dueAt: now,
    maxWaitAt: null,
    readAt: null,
  };
  expect(clockLines(clocks, en, now).map(({ label, since }) => `${label} ${since}`)).toEqual([
    'First image null',
    'Images complete + 5 min',
    'Due + 10 min',
  ]);
});

test('contradictions are told each in words of its own', () => {
  const told = conflictLines(
    [
      { kind: 'instance-content', otherSite: null, count: 3, foundAt: now },
      { kind: 'two-sites', otherSite: 'NORTH', count: null, foundAt: null },
      { kind: 'two-patients', otherSite: null, count: null, foundAt: null },
    ],
    en,
  );
  expect(told.map(({ text }) => text)).toEqual([
    expect.stringContaining('3 images'),
    expect.stringContaining('NORTH'),
    expect.stringContaining('Two patients'),
  ]);
});

test('runs come newest first, with what happened to them; a negative finding is "not reported"', () => {
  const run = {
    detector: 'example-ich',
    version: '1.0.0',
    status: 'completed',
    withdrawn: false,
    replacedBy: null,
    shadow: false,
    verdicts: [],
  };
  const lines = runLines(
    [
      {
        ...run,
        resultId: 'r1',
        recordedAt: now - 2,
        withdrawn: true,
        findings: [{ finding: 'ICH', outcome: 'positive', severity: 'high', location: 'left' }],
      },
      { ...run, resultId: 'r2', recordedAt: now - 1, findings: [{ finding: 'ICH', outcome: 'negative' }] },
      { ...run, resultId: 'r3', recordedAt: now - 3, status: 'failed', findings: [] },
    ],
    en,
    now,
  );
  expect(lines.map(({ key, marks, findings }) => [key, marks, findings.map(({ text }) => text)])).toEqual([
    ['r2', [], ['Bleed: not reported']],
    ['r1', ['Withdrawn'], ['Bleed: possible (high, left)']],
    ['r3', ['failed'], []],
  ]);
});
