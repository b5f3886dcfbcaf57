import { describe, expect, test } from '@jest/globals';
import type { AiDisplay, Row } from '@voorrang/contracts';
import { en } from '../../shared/labels/en.ts';
import { nl } from '../../shared/labels/nl.ts';
import { addressOf, addressText } from './address.ts';
import {
  aiTones,
  aiViews,
  claimView,
  classView,
  dueView,
  flagViews,
  patientView,
  studyView,
  whyView,
} from './view-model.ts';

const now = new Date(2026, 10, 23, 21, 28).getTime();
const at = (hour: number, minute: number): number => new Date(2026, 10, 23, hour, minute).getTime();
const minutes = (n: number): number => n * 60_000;

const ai = (display: AiDisplay, more: Partial<Row['ai'][number]> = {}): Row['ai'][number] => ({
  detector: 'example-ich',
  finding: 'ICH',
  display,
  confidence: null,
  severity: null,
  arrivedAt: null,
  dueAt: null,
  reason: null,
  ...more,
});

describe('AI displays', () => {
  test.each([
    ['expected', { dueAt: at(21, 34) }, 'AI-uitslag verwacht om 21.34'],
    ['late', { dueAt: at(21, 20) }, 'AI-uitslag te laat (verwacht 21.20). Beoordeel alsof er geen AI is.'],
    ['failed', { reason: 'beweging' }, 'AI niet gelukt: beweging'],
    ['not-eligible', { reason: 'geen contrast' }, 'AI niet van toepassing: geen contrast'],
    ['suspended', { reason: 'dr. Y, 20.10' }, 'AI uitgezet: dr. Y, 20.10'],
    ['positive', {}, 'AI: mogelijke hersenbloeding, nog niet door radioloog gezien'],
    ['negative', {}, 'AI meldt geen bloeding; dit sluit een bloeding niet uit'],
  ] as const)('%s in Dutch', (display, more, text) => {
    expect(aiViews({ ai: [ai(display, more)] }, nl, now)[0]?.text).toBe(text);
  });

  test('the seven absence displays are never drawn like negative, and every display has a text in both languages', () => {
    const absent: readonly AiDisplay[] = [
      'expected',
      'late',
      'failed',
      'inconclusive',
      'not-eligible',
      'suspended',
      'waived',
    ];
    for (const display of absent) {
      expect(aiTones[display]).toMatch(/^absent/);
      for (const labels of [en, nl]) expect(aiViews({ ai: [ai(display)] }, labels, now)[0]?.text).toMatch(/AI/);
    }
    expect(aiTones.negative).toBe('negative');
    expect(Object.keys(en.ai.marks).sort()).toEqual(Object.keys(aiTones).sort());
  });

  test('what raises comes first, what reports nothing comes last', () => {
    const views = aiViews({ ai: [ai('negative'), ai('expected'), ai('late'), ai('positive')] }, en, now);
    expect(views.map(({ display }) => display)).toEqual(['positive', 'late', 'expected', 'negative']);
  });

  test('a positive one tells severity, confidence and time; a finding of a local registry keeps its code', () => {
    const [view] = aiViews(
      { ai: [ai('positive', { finding: 'RIB_FRACTURE', severity: 'high', confidence: 0.934, arrivedAt: at(21, 5) })] },
      en,
      now,
    );
    expect([view?.chip, view?.note]).toEqual(['rib fracture', 'severity high, confidence 93 %, 21:05']);
  });
});

describe('due', () => {
  const due = (dueAt: number | null, list: Row['list'] = 'reading') =>
    dueView({ dueAt, maxWaitAt: null, list }, nl, now);

  test.each([
    [minutes(12), 'later' as const, 'soon', 'Beoordelen vóór 21.40 (nog 12 min)'],
    [minutes(16), 'later' as const, 'later', 'Beoordelen vóór 21.44 (nog 16 min)'],
    [30_000, 'later' as const, 'soon', 'Beoordelen vóór 21.28 (nog < 1 min)'],
    [-minutes(18), 'overdue' as const, 'overdue', '18 min over tijd'],
    [-minutes(135), 'overdue' as const, 'overdue', '2 u 15 min over tijd'],
  ])('%i ms from now', (offset, _, tone, text) => {
    expect(due(now + offset)).toMatchObject({ tone, text });
  });

  test('the instant itself is overdue, no due time is said, the done list has none', () => {
    expect(due(now).tone).toBe('overdue');
    expect(due(null).text).toBe('Nog geen tijd bekend');
    expect(due(now - 1, 'done')).toEqual({ tone: 'none', text: '', detail: null });
  });
});

test('why here names the place, the reason and the place without AI', () => {
  const reasons = [
    { code: 'ai', ruleId: 'r', text: { en: 'AI reports a possible embolism', nl: 'AI meldt mogelijke longembolie.' } },
  ];
  expect(whyView({ reasons, rank: 3, rankWithoutAi: 9 }, nl, 'nl').sentence).toBe(
    'Plaats 3: AI meldt mogelijke longembolie. Zonder AI: plaats 9.',
  );
  expect(whyView({ reasons: [], rank: 3, rankWithoutAi: 3 }, en, 'en')).toMatchObject({
    sentence: 'Place 3: no rule applies. The same place without AI.',
    raised: false,
  });
});

test('acute by AI is told apart from acute by human order', () => {
  expect(classView({ urgencyClass: 'acute', band: 0 }, nl)).toEqual({ tone: 'acute', text: 'Acuut' });
  expect(classView({ urgencyClass: 'acute', band: 1 }, nl)).toEqual({ tone: 'acute-ai', text: 'Acuut (AI)' });
  expect(classView({ urgencyClass: null, band: 3 }, en).tone).toBe('unknown');
});

test('what nobody said is shown as unknown, never as empty', () => {
  const patient = { id: null, authority: null, name: null, birthDate: null, sex: null };
  expect(patientView({ patient }, en, now)).toEqual({ name: 'unknown', facts: '' });
  expect(
    patientView(
      { patient: { id: 'P1', authority: 'H', name: 'Jansen, Jan', birthDate: '1960-11-24', sex: 'F' } },
      nl,
      now,
    ).facts,
  ).toBe('V 65 · 24-11-1960 · P1');
  expect(studyView({ modality: null, description: null, bodyParts: [], accessionNumbers: [] }, en)).toEqual({
    modality: '?',
    title: 'unknown',
    facts: '',
  });
});

test('a lapsed claim is no claim, one of mine says so; overdue is left to the due column', () => {
  expect(claimView({ claim: { by: 'x', until: now } }, en, now, 'x')).toBeNull();
  expect(claimView({ claim: { by: 'x', until: now + 1 } }, en, now, 'x')).toEqual({ isMine: true, text: 'Open: you' });
  expect(claimView({ claim: { by: 'x', until: now + 1 } }, nl, now, 'y')?.text).toBe('Bezig: x');
  expect(flagViews({ flags: ['overdue', 'unscored'] }, nl)).toEqual([{ flag: 'unscored', text: 'Niet ingedeeld' }]);
});

test('site and list survive a reload of the page', () => {
  for (const text of ['/', '/?site=EX', '/?list=done', '/?site=EX-2&list=expected']) {
    expect(addressText(addressOf(text.slice(1)))).toBe(text);
  }
  expect(addressOf('?list=nonsense').name).toBe('reading');
});
