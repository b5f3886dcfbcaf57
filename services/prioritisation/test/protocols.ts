import type { Condition, FindingFacts, OrderingFacts, Protocol } from '@voorrang/protocol';

const condition = <Facts>(text: string, holds: (facts: Facts) => boolean): Condition<Facts> => ({
  text,
  evaluate: (facts) => ({ ok: true, value: holds(facts) }),
});
const failing = <Facts>(holds: (facts: Facts) => boolean): Condition<Facts> => ({
  text: 'fails at times',
  evaluate: (facts) => (holds(facts) ? { ok: false, error: 'no such key' } : { ok: true, value: false }),
});
const text = (en: string) => ({ en, nl: `${en} (nl)` });
const base = (
  id: string,
  band: number,
  urgency: 'acute' | 'emergency' | 'urgent' | 'routine',
  when: (facts: OrderingFacts) => boolean,
) => ({ id, when: condition(id, when), class: urgency, band, code: id, text: text(id), source: 'test' });
const ai = (
  id: string,
  band: number,
  urgency: 'acute' | 'emergency' | 'urgent',
  when: (facts: FindingFacts) => boolean,
) => ({
  id,
  when: condition(id, when),
  class: urgency,
  band,
  code: id,
  text: text('AI: {finding} by {detector}'),
  source: 'test',
});

const detectors = [
  ['det-ich', ['ICH', 'CSPINE_FRACTURE']],
  ['det-pe', ['PE']],
] as const;

/** A protocol made by hand: conditions are plain functions. `strict` differs in targets and in one rule. */
export function handMadeProtocol(hash: string, strict = false): Protocol {
  const minute = 60_000;
  const wait = (ms: number) => ({ ms });
  return {
    hash,
    files: {},
    sites: {
      EX: { name: 'Example', timeZone: 'Europe/Amsterdam' },
      WY: { name: 'Second', timeZone: 'Europe/Brussels' },
    },
    policy: {
      label: text('test'),
      classes: {
        acute: { class: 'acute', label: text('acute'), target: wait(10 * minute), maximum: wait(20 * minute) },
        emergency: {
          class: 'emergency',
          label: text('emergency'),
          target: wait(60 * minute),
          maximum: wait(120 * minute),
        },
        urgent: {
          class: 'urgent',
          label: text('urgent'),
          target: wait((strict ? 120 : 240) * minute),
          maximum: wait(720 * minute),
        },
        routine: {
          class: 'routine',
          label: text('routine'),
          target: { workingDays: 2 },
          maximum: { workingDays: 5 },
        },
      },
      baseRules: [
        base('stroke-code', 0, 'acute', ({ order }) => order.strokeCode),
        base('resuscitation', 0, 'acute', ({ visit }) => visit.location === 'RESUS'),
        base('emergency-department', 2, 'emergency', ({ visit }) => visit.patientClass === 'emergency'),
        base('stat-order', 2, 'emergency', ({ order }) => order.priority === 'stat'),
        base('in-patient', 3, 'urgent', ({ visit }) => visit.patientClass === 'inpatient'),
        base('out-patient', 3, 'routine', ({ visit }) => visit.patientClass === 'outpatient'),
        ...(strict ? [base('child', 2, 'emergency', ({ patient }) => patient.age >= 0 && patient.age < 18)] : []),
        {
          ...base('broken', 3, 'routine', () => false),
          when: failing<OrderingFacts>((f) => f.order.indication === 'BREAK'),
        },
      ],
      aiRules: [
        ai('ai-ich', 1, 'acute', ({ finding }) => finding.code === 'ICH'),
        ai('ai-cspine', 1, 'acute', ({ finding }) => finding.code === 'CSPINE_FRACTURE'),
        ai('ai-pe', strict ? 1 : 2, strict ? 'acute' : 'emergency', ({ finding }) => finding.code === 'PE'),
      ],
      unscored: { class: 'emergency', band: 2, code: 'unscored', text: text('Not scored') },
      personBands: { acute: 0, emergency: 2, urgent: 3, routine: 3 },
    },
    detectors: detectors.map(([id, findings]) => ({
      id,
      name: id,
      vendor: 'test',
      releasedVersions: ['1'],
      state: 'active' as const,
      sites: ['EX', 'WY'],
      findings,
      appliesTo: condition<OrderingFacts>('always', () => true),
      expectedWithinMs: 10 * minute,
      label: text(id),
      source: 'test',
    })),
    alerting: {
      routes: [
        {
          id: 'ich-stroke',
          when: condition(
            'ich-stroke',
            ({ finding, order }: FindingFacts) => finding.code === 'ICH' && order.strokeCode,
          ),
          team: 'stroke',
          severity: 'high',
          effect: 'page',
          source: 'test',
        },
      ],
      teams: {},
      strokeCodeTeam: 'stroke',
      episodeMs: 0,
    },
    onCall: { people: {}, shifts: [] },
    senders: { dicom: [], hl7: [], fallback: { authority: 'EX', charset: 'UTF-8' } },
    settling: [],
    peers: { pacs: [], unmatched: [] },
  };
}
