import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { hours } from '@voorrang/kernel';
import type { FindingFacts, OrderingFacts, Protocol } from '../src/index.ts';
import { problemLines, readProtocolDirectory, whoIsOnCall } from '../src/index.ts';

const directory = join(import.meta.dirname, '../../../deploy/protocol');
let protocol: Protocol;

beforeAll(async () => {
  const loaded = await readProtocolDirectory(directory, {
    environment: (name) => (name === 'VOORRANG_ALERT_WEBHOOK_URL' ? 'http://127.0.0.1:9/hook' : undefined),
  });
  if (!loaded.ok) throw new Error(problemLines(loaded.error).join('\n'));
  protocol = loaded.value;
});

type Overrides = { [Part in keyof FindingFacts]?: Partial<FindingFacts[Part]> };
const facts = (given: Overrides = {}): FindingFacts => ({
  order: { priority: '', strokeCode: false, indication: '', procedureCode: '', procedure: '', ...given.order },
  visit: { patientClass: '', location: '', ...given.visit },
  patient: { age: 60, sex: 'F', ...given.patient },
  study: { modality: 'CT', bodyParts: [], description: '', ...given.study },
  hour: 3,
  finding: {
    code: 'ICH',
    outcome: 'positive',
    severity: '',
    confidence: -1,
    location: '',
    measurements: {},
    ...given.finding,
  },
  detector: { id: 'example-ich', ...given.detector },
});

const holds = (
  condition: { evaluate: (facts: FindingFacts) => { ok: boolean; value?: boolean } },
  of: FindingFacts,
) => {
  const result = condition.evaluate(of);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};
const placed = (given: Overrides) =>
  protocol.policy.baseRules.filter(({ when }) => holds(when, facts(given))).map(({ band, class: c }) => `${band} ${c}`);
const raised = (given: Overrides) =>
  protocol.policy.aiRules.filter(({ when }) => holds(when, facts(given))).map(({ band, class: c }) => `${band} ${c}`);
const told = (given: Overrides) =>
  protocol.alerting.routes
    .filter(({ when }) => holds(when, facts(given)))
    .map(({ team, effect }) => (effect === 'page' ? team : `${team} (fills in)`));
const expectedOf = (study: Partial<OrderingFacts['study']>) =>
  protocol.detectors.filter(({ appliesTo }) => holds(appliesTo, facts({ study }))).map(({ id }) => id);

describe('the example policy', () => {
  test.each([
    [{ order: { strokeCode: true }, visit: { patientClass: 'emergency' } }, ['0 acute', '2 emergency']],
    [{ visit: { location: 'Trauma' } }, ['0 acute']],
    [{ visit: { patientClass: 'emergency' } }, ['2 emergency']],
    [{ visit: { patientClass: 'inpatient' }, order: { priority: 'stat' } }, ['2 emergency', '3 urgent']],
    [{ visit: { patientClass: 'inpatient' } }, ['3 urgent']],
    [{ visit: { patientClass: 'outpatient' }, order: { priority: 'routine' } }, ['3 routine']],
    [{}, []],
  ])('places %j in %j', (given, bands) => expect(placed(given)).toEqual(bands));

  test.each([
    [{ finding: { code: 'ICH' } }, ['1 acute']],
    [{ finding: { code: 'LVO' } }, ['1 acute']],
    [{ finding: { code: 'CSPINE_FRACTURE' } }, ['1 acute']],
    [{ finding: { code: 'PE', location: 'Central' } }, ['1 acute', '2 emergency']],
    [{ finding: { code: 'PE', measurements: { RV_LV_RATIO: 1 } } }, ['1 acute', '2 emergency']],
    [{ finding: { code: 'PE', location: 'segmental' } }, ['2 emergency']],
    [{ finding: { code: 'INCIDENTAL_PE' } }, ['2 emergency']],
    [{ finding: { code: 'PLEURAL_EFFUSION', severity: 'low' } }, []],
    [{ finding: { code: 'PLEURAL_EFFUSION' } }, ['2 emergency']],
    [{ finding: { code: 'ANEURYSM' } }, []],
    [{ finding: { code: 'CT_PERFUSION_DEFICIT' } }, []],
  ])('raises %j to %j', (given, bands) => expect(raised(given)).toEqual(bands));

  test('no rule with AI reads a negative or inconclusive outcome', () => {
    const codes = protocol.detectors.flatMap(({ findings }) => findings);
    for (const code of codes) {
      for (const outcome of ['negative', 'inconclusive'] as const) {
        expect(raised({ finding: { code, outcome } })).toEqual([]);
      }
    }
  });
});

describe('the example alert routes', () => {
  test.each([
    [{}, ['RADIOLOGY']],
    [{ visit: { patientClass: 'emergency' } }, ['RADIOLOGY', 'ED']],
    [{ order: { strokeCode: true }, visit: { patientClass: 'emergency' } }, ['RADIOLOGY', 'STROKE']],
    [{ order: { procedureCode: 'CT-HEAD-FU' } }, []],
    [{ finding: { outcome: 'negative' as const } }, ['STROKE (fills in)']],
    [{ finding: { code: 'LVO' } }, ['STROKE', 'RADIOLOGY']],
    [{ finding: { code: 'CT_PERFUSION_DEFICIT' } }, ['STROKE (fills in)']],
    [{ finding: { code: 'PE', location: 'central' } }, ['PERT', 'RADIOLOGY']],
    [{ finding: { code: 'PE', location: 'subsegmental' } }, []],
    [{ finding: { code: 'INCIDENTAL_PE' } }, []],
    [{ finding: { code: 'CSPINE_FRACTURE' } }, ['RADIOLOGY', 'ED']],
    [{ finding: { code: 'PNEUMOTHORAX' } }, []],
  ])('tell %j to %j', (given, teams) => expect(told(given)).toEqual(teams));

  test('every step of every team reaches somebody over the webhook at every hour of the week', () => {
    const monday = Date.parse('2026-03-23T00:30:00Z');
    const timeZone = protocol.sites.EX?.timeZone ?? '';
    for (const { team, steps } of Object.values(protocol.alerting.teams)) {
      for (const { roles, channels } of steps) {
        expect(channels).toContain('webhook');
        for (let hour = 0; hour < 7 * 24; hour += 1) {
          const people = roles.flatMap((role) =>
            whoIsOnCall(protocol.onCall, 'EX', team, role, monday + hours(hour), timeZone),
          );
          expect(people.some((person) => person.channels.webhook !== undefined)).toBe(true);
        }
      }
    }
  });

  test('a channel without an address in the configuration is dropped', () => {
    expect(Object.keys(protocol.onCall.people['stroke-1']?.channels ?? {}).sort()).toEqual(['sms', 'voice', 'webhook']);
  });
});

test.each([
  [{ bodyParts: ['HEAD'] }, ['example-ich']],
  [{ description: 'CT Schedel blanco' }, ['example-ich']],
  [{ description: 'CTA carotiden en cerebrum' }, ['example-ich', 'example-lvo', 'example-aneurysm']],
  [{ description: 'CT perfusie hersenen' }, ['example-ich', 'example-ctp']],
  [{ description: 'CT PERFUSION' }, ['example-ctp']],
  [{ description: 'CTPA', bodyParts: ['CHEST'] }, ['example-pe']],
  [{ bodyParts: ['THORAX'] }, ['example-incidental-pe']],
  [{ bodyParts: ['CSPINE'] }, ['example-cspine']],
  [{ modality: 'DX', bodyParts: ['CHEST'] }, ['example-cxr']],
  [{ modality: 'MR', bodyParts: ['KNEE'] }, []],
])('of %j runs are expected from %j', (study, detectors) => expect(expectedOf(study)).toEqual(detectors));
