import { describe, expect, test } from '@jest/globals';
import type { Operation, SenderStatus } from '@voorrang/contracts';
import { en } from '../../shared/labels/en.ts';
import { nl } from '../../shared/labels/nl.ts';
import { bannerView, clearedNotices, noticeView, openNotices, senderLines, unknownSince } from './view-model.ts';

const now = new Date(2026, 10, 23, 21, 28).getTime();
const notice = (kind: Operation['kind'], more: Partial<Operation> = {}): Operation => ({
  operationId: kind.padEnd(26, '0'),
  kind,
  site: 'EX',
  subject: 'x',
  count: 1,
  since: now - 600_000,
  clearedAt: null,
  text: { en: `${kind} en`, nl: `${kind} nl` },
  ...more,
});

describe('the banner', () => {
  test('is not there while nothing stands', () => {
    expect(bannerView([notice('sender-silent', { clearedAt: now })], en, 'en')).toBeNull();
  });
  test('tells what matters most in full, and how many others there are', () => {
    const items = [notice('sender-clock-skew'), notice('quarantine'), notice('sender-silent')];
    expect(bannerView(items, nl, 'nl')).toEqual({ text: 'sender-silent nl', more: 'en nog 2' });
    expect(bannerView(items.slice(0, 1), en, 'en')).toEqual({ text: 'sender-clock-skew en', more: null });
  });
});

describe('without answers', () => {
  test('a moment is nothing, and longer is told: no banner would look like calm', () => {
    expect([unknownSince(null, now), unknownSince(now - 9_000, now), unknownSince(now - 20_000, now)]).toEqual([
      null,
      null,
      now - 20_000,
    ]);
  });
});

describe('notices', () => {
  test('that stand come by weight and age, those that are over the newest first', () => {
    const items = [
      notice('quarantine'),
      notice('sender-silent', { operationId: 'young', since: now - 1 }),
      notice('sender-silent', { operationId: 'old' }),
      notice('missing-here', { clearedAt: now - 9, operationId: 'before' }),
      notice('missing-here', { clearedAt: now - 5, operationId: 'last' }),
    ];
    expect(openNotices(items).map(({ operationId }) => operationId.slice(0, 10))).toEqual([
      'old',
      'young',
      'quarantine',
    ]);
    expect(clearedNotices(items).map(({ operationId }) => operationId)).toEqual(['last', 'before']);
  });

  test.each<[Partial<Operation['detail'] & object>, Operation['kind'], string[]]>([
    [{ lastHeardAt: now - 600_000 }, 'sender-silent', ['last heard 21:18']],
    [{ lastHeardAt: null }, 'sender-silent', ['never heard']],
    [{ incomplete: 2 }, 'missing-here', ['2 of them incomplete']],
    [{ incomplete: 0 }, 'missing-here', []],
    [{ code: 'VRG_DICOM_PEER_REFUSED' }, 'pacs-comparison-failed', ['error VRG_DICOM_PEER_REFUSED']],
  ])('say %j of %s', (detail, kind, facts) => {
    expect(noticeView(notice(kind, { detail }), en, 'en', now)).toMatchObject({ facts, when: 'since 21:18 (10 min)' });
  });
});

describe('senders', () => {
  const sender = (more: Partial<SenderStatus>): SenderStatus => ({
    site: 'EX',
    protocol: 'dicom',
    name: 'CT1',
    lastHeardAt: now - 60_000,
    messagesLastHour: 3,
    watched: true,
    expectedSilenceMs: 1_800_000,
    silent: false,
    clockSkewMs: null,
    tls: false,
    ...more,
  });
  const line = (more: Partial<SenderStatus>) => senderLines([sender(more)], en, now)[0];

  test('that are silent stand first, in words and not by colour alone', () => {
    const lines = senderLines([sender({ name: 'A' }), sender({ name: 'B', silent: true })], nl, now);
    expect(lines.map(({ name, state }) => `${name}: ${state}`)).toEqual(['B (DICOM): ZWIJGT', 'A (DICOM): gehoord']);
  });
  test('without a rhythm are not shown as heard', () => {
    expect(line({ watched: false, expectedSilenceMs: null })).toMatchObject({ state: 'not watched', tone: 'quiet' });
    expect(line({ expectedSilenceMs: null })).toMatchObject({ state: 'learning its rhythm', silence: '' });
    expect(line({ lastHeardAt: null })?.heard).toBe('never heard');
  });
  test.each([
    ['hl7', null, 'not measured'],
    ['hl7', -1_500, 'agrees'],
    ['hl7', 45_000, '45 s ahead'],
    ['hl7', -180_000, '3 min behind'],
    ['dicom', -180_000, '3 min behind, or sent later'],
    ['dicom', 7_200_000, '2 h ahead'],
  ] as const)('the clock of a %s sender at %s ms %s', (protocol, clockSkewMs, expected) => {
    expect(line({ protocol, clockSkewMs })?.clock).toBe(expected);
  });
});
