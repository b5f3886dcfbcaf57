import { describe, expect, test } from '@jest/globals';
import type { Alert } from '@voorrang/contracts';
import { en } from '../../shared/labels/en.ts';
import { nl } from '../../shared/labels/nl.ts';
import { alertClocks, awaitedTexts, findingViews, nextStep, sectionOf, sortedAlerts } from './view-model.ts';

const now = new Date(2026, 10, 23, 21, 28).getTime();
const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
  id,
  state: 'open',
  site: 'EX',
  team: 'STROKE',
  severity: 'high',
  studies: [],
  findings: [],
  raisedAt: now,
  steps: [],
  pages: [],
  clocks: { imagesCompleteAt: null, runReceivedAt: null, firstPageAcceptedAt: null, acknowledgedAt: null },
  acknowledgedBy: null,
  fallbackAt: now,
  supersededBy: null,
  revision: 1,
  ...more,
});

describe('order of alerts', () => {
  test('what nobody answered stands first, then severity, then who waits longest', () => {
    const { act } = sortedAlerts([
      alert('new'),
      alert('low', { severity: 'low', raisedAt: now - 9_000 }),
      alert('old', { raisedAt: now - 5_000 }),
      alert('fallback', { state: 'fallback-reached', severity: 'low' }),
      alert('taken', { state: 'acknowledged' }),
    ]);
    expect(act.map(({ id }) => id)).toEqual(['fallback', 'old', 'new', 'low']);
  });

  test.each([
    ['open', 'act'],
    ['fallback-reached', 'act'],
    ['acknowledged', 'acknowledged'],
    ['recalled', 'ended'],
    ['superseded', 'ended'],
    ['closed', 'ended'],
  ] as const)('%s belongs to %s', (state, section) => {
    expect(sectionOf({ state })).toBe(section);
  });
});

test('late, failed and waiting are never worded or drawn like "not reported"', () => {
  const findings = ['positive', 'negative', 'late', 'failed', 'waiting', 'withdrawn'].map((outcome) => ({
    finding: 'LVO',
    outcome,
    severity: null,
    location: outcome === 'positive' ? 'M1' : null,
    detector: 'd',
    receivedAt: null,
  }));
  expect(findingViews({ findings }, nl, now).map(({ text, tone }) => `${tone}: ${text}`)).toEqual([
    'positive: LVO: mogelijk, M1',
    'negative: LVO: niet gemeld',
    'absent: LVO: AI te laat',
    'absent: LVO: AI niet gelukt',
    'absent: LVO: wacht op AI',
    'absent: LVO: ingetrokken',
  ]);
});

test('clocks are shown apart, each with the time since the one before', () => {
  const clocks = {
    imagesCompleteAt: now - 300_000,
    runReceivedAt: now - 9_000,
    firstPageAcceptedAt: now - 4_600,
    acknowledgedAt: null,
  };
  expect(alertClocks({ clocks }, en, now).map(({ key, since }) => [key, since])).toEqual([
    ['imagesCompleteAt', null],
    ['runReceivedAt', '+ 4 min'],
    ['firstPageAcceptedAt', '+ 4 s'],
  ]);
});

test('the next step is told while the alert is open only', () => {
  const steps: Alert['steps'] = [
    { index: 0, dueAt: now, state: 'sent', targets: [] },
    { index: 1, dueAt: now + 60_000, state: 'pending', targets: [] },
  ];
  expect(nextStep(alert('a', { steps }))?.index).toBe(1);
  expect(nextStep(alert('a', { steps, state: 'acknowledged' }))).toBeNull();
});

test('an answer that a stroke code waits for in vain is named as missing, never as negative', () => {
  const studyId = 'S';
  const missing = (['late', 'failed', 'not-eligible', 'inconclusive'] as const).map((display) => ({
    finding: 'LVO',
    detector: 'example-lvo',
    display,
    since: now,
  }));
  const item = { studyId, site: 'EX', team: 'STROKE', referenceAt: now, imagesCompleteAt: null, missing };
  for (const labels of [en, nl]) {
    const texts = awaitedTexts(item, labels, now);
    expect(new Set(texts).size).toBe(4);
    for (const text of texts) expect(text).not.toContain(labels.ai.marks.negative);
  }
  expect(awaitedTexts(item, nl, now)[0]).toContain('AI te laat (');
});
