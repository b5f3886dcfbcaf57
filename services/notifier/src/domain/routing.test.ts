import { expect, test } from '@jest/globals';
import type { AlertRoute, Condition, FindingFacts } from '@voorrang/protocol';
import type { RunFacts, StudyFacts } from './episode.ts';
import { routeStudy } from './routing.ts';

const stamp = { observedAt: 1, ingestId: 'i', seq: 1 };
const run = (outcome: 'positive' | 'negative', more: Partial<RunFacts> = {}): RunFacts => ({
  resultId: 'r',
  detector: 'd',
  status: 'completed',
  findings: [{ finding: 'ICH', outcome }],
  receivedAt: 5,
  foundAt: 5,
  replaces: undefined,
  withdrawn: false,
  disagreed: new Set(),
  ...more,
});
const study = (runs: readonly RunFacts[], more: Partial<StudyFacts> = {}): StudyFacts => ({
  studyId: 's',
  site: 'EX',
  referenceAt: Date.parse('2026-05-04T12:00:00Z'),
  imagesCompleteAt: null,
  isRead: false,
  study: {},
  orders: [],
  patient: undefined,
  visit: undefined,
  runs,
  awaited: [],
  ...more,
});
const route = (evaluate: Condition<FindingFacts>['evaluate'], effect: AlertRoute['effect'] = 'page'): AlertRoute => ({
  id: 'x',
  when: { text: '', evaluate },
  team: 'T',
  severity: 'moderate',
  effect,
  source: 'test',
});

test('a condition that cannot be evaluated pages for a positive finding, and shows nothing for another', () => {
  const failing = route(() => ({ ok: false, error: 'no such key' }));
  expect(routeStudy([failing], study([run('positive')]), 12).paging).toHaveLength(1);
  expect(routeStudy([failing], study([run('negative')]), 12)).toEqual({ paging: [], shown: [] });
  const filling = route(() => ({ ok: false, error: 'no such key' }), 'fill-in');
  expect(routeStudy([filling], study([run('positive')]), 12)).toEqual({ paging: [], shown: [] });
});

test('missing text is empty, a missing number -1, and age counts completed years at the reference time', () => {
  const seen: FindingFacts[] = [];
  const looking = route((facts) => {
    seen.push(facts);
    return { ok: true, value: false };
  });
  routeStudy([looking], study([run('positive')]), 7);
  const birthDate = { value: '1950-05-05', stamp };
  routeStudy([looking], study([run('positive')], { study: { birthDate } }), 7);
  expect(seen[0]).toMatchObject({
    order: { priority: '', strokeCode: false, indication: '' },
    patient: { age: -1, sex: '' },
    finding: { code: 'ICH', severity: '', confidence: -1, location: '' },
    hour: 7,
  });
  expect(seen[1]?.patient.age).toBe(75);
});

test('the newest order tells each field, and one stroke code among them is enough', () => {
  const seen: FindingFacts[] = [];
  const looking = route((facts) => {
    seen.push(facts);
    return { ok: true, value: true };
  });
  const later = { ...stamp, seq: 2 };
  const orders = [
    { strokeCode: { value: true, stamp }, priority: { value: 'stat', stamp } },
    { strokeCode: { value: false, stamp: later }, priority: { value: 'routine', stamp: later } },
  ];
  routeStudy([looking], study([run('positive')], { orders }), 7);
  expect(seen[0]?.order).toMatchObject({ strokeCode: true, priority: 'routine' });
});
