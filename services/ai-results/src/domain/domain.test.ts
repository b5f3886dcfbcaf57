import { describe, expect, test } from '@jest/globals';
import type { Stamp } from '@voorrang/kernel';
import fc from 'fast-check';
import { canonicalJson } from './content-digest.ts';
import { decideExpected } from './decide-expected.ts';
import { decideRun } from './decide-run.ts';
import { evolveOrder, factsOf, type KnownStudy, type ToldOrder } from './known-study.ts';
import { type OrderRecord, ordersInForce } from './order-family.ts';
import type { DetectorState, RegisteredDetector, StudyFacts } from './registry.ts';

const detector = (appliesTo: (facts: StudyFacts) => boolean | undefined): RegisteredDetector => ({
  id: 'd',
  releasedVersions: ['1'],
  state: 'active',
  sites: ['EX'],
  findings: ['ICH'],
  appliesTo: {
    evaluate: (facts) => {
      const value = appliesTo(facts);
      return value === undefined ? { ok: false } : { ok: true, value };
    },
  },
  expectedWithinMs: 10,
});
const study: KnownStudy = {
  description: 'CT',
  accessionNumbers: [],
  modalities: ['CT', 'MR'],
  bodyParts: ['HEAD'],
  version: 1,
  imagesCompleteAt: Date.parse('2026-03-01T12:00:00Z'),
};
const stampAt = (observedAt: number): Stamp => ({ observedAt, ingestId: 'spool', seq: 1 });
const silent: ToldOrder = {
  priority: null,
  strokeCode: null,
  indication: null,
  procedureCode: null,
  procedure: null,
  patientClass: null,
  location: null,
  birthDate: null,
  sex: null,
};

describe('the content of a run', () => {
  test('has one text, whatever the order of its names', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const reversed = (of: unknown): unknown => {
          if (Array.isArray(of)) return of.map(reversed);
          if (typeof of !== 'object' || of === null) return of;
          return Object.fromEntries(
            Object.entries(of)
              .reverse()
              .map(([name, field]) => [name, reversed(field)]),
          );
        };
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 100 },
    );
  });
});

describe('deciding on a run', () => {
  const run = {
    resultId: 'r',
    detector: { id: 'd', version: '1' },
    studyInstanceUid: '1.2',
    status: 'completed' as const,
    findings: [],
    producedAt: '',
  };
  const because = (version: string, state: DetectorState) => {
    const decided = decideRun({ ...run, detector: { id: 'd', version } }, 'EX', [detector(() => true)], () => state);
    return decided.ok ? [decided.value.because, decided.value.shadow] : decided.error.code;
  };
  test.each([
    ['1', 'active', ['released', false]],
    ['1', 'shadow', ['detector-in-shadow', true]],
    ['1', 'suspended', ['detector-suspended', true]],
    ['2', 'active', ['unreleased-version', true]],
    ['2', 'suspended', ['unreleased-version', true]],
  ] as const)('version %s of a detector that is %s', (version, state, expected) => {
    expect(because(version, state)).toEqual(expected);
  });
  test('a detector of another site is unknown here', () => {
    const decided = decideRun(run, 'XX', [detector(() => true)], () => 'active');
    expect(decided.ok ? '' : decided.error.code).toBe('VRG_DETECTOR_UNKNOWN');
  });
});

describe('what is known of an order', () => {
  test('the newest word of each field wins and silence changes nothing', () => {
    const first = evolveOrder(undefined, { ...silent, indication: 'fall', strokeCode: true }, stampAt(1));
    const next = evolveOrder(first, { ...silent, priority: 'stat', strokeCode: false }, stampAt(2));
    expect(next).toMatchObject({ indication: 'fall', priority: 'stat', strokeCode: false, location: '' });
  });
  test.each([
    ['2008-03-01', 18],
    ['2008-03-02', 17],
    ['1908-02-29', 118],
    ['', -1],
  ])('a person born %s is %d years old at the reference time', (birthDate, age) => {
    const [facts] = factsOf(study, [evolveOrder(undefined, { ...silent, birthDate }, stampAt(1))], 13);
    expect(facts).toMatchObject({ patient: { age }, hour: 13, study: { modality: 'CT' } });
  });
});

describe('an order under its placer number alone and with a filler number', () => {
  const record = (orderId: string, placerId: string | null, at: number, told: Partial<ToldOrder>): OrderRecord => ({
    orderId,
    placerId,
    cancelled: false,
    known: evolveOrder(undefined, { ...silent, ...told }, stampAt(at)),
  });
  test('is one order, with the later word of each field', () => {
    const alone = record('p', null, 2, { strokeCode: true, indication: 'stroke', location: 'ED' });
    const later = record('f', 'p', 3, { indication: 'trauma' });
    expect(ordersInForce([later, alone])).toMatchObject([{ strokeCode: true, indication: 'trauma', location: 'ED' }]);
    const earlier = record('f', 'p', 1, { indication: 'trauma', strokeCode: false, priority: 'stat' });
    expect(ordersInForce([earlier, alone])).toMatchObject([
      { strokeCode: true, indication: 'stroke', location: 'ED', priority: 'stat' },
    ]);
    const ended = record('f', 'p', 3, { strokeCode: false });
    expect(ordersInForce([ended, alone])).toMatchObject([{ strokeCode: false }]);
  });
  test('is cancelled by either, and two orders of one placer number each have its words', () => {
    const alone = record('p', null, 1, { strokeCode: true });
    const [first, second] = [record('f', 'p', 2, {}), record('g', 'p', 2, {})];
    expect(ordersInForce([alone])).toHaveLength(1);
    expect(ordersInForce([alone, first, second])).toMatchObject([{ strokeCode: true }, { strokeCode: true }]);
    expect(ordersInForce([alone, { ...first, cancelled: true }, second])).toHaveLength(1);
    expect(ordersInForce([{ ...alone, cancelled: true }, first, second])).toEqual([]);
  });
});

describe('expecting runs', () => {
  const expected = (of: RegisteredDetector, state: DetectorState = 'active', site = 'EX') =>
    decideExpected(site, factsOf(study, [], 0), 1_000, [of], () => state);

  test('a detector applies when it applies to any modality or order', () => {
    const found = expected(detector(({ study: { modality } }) => modality === 'MR'));
    expect(found).toEqual({ expected: [{ detector: 'd', findings: ['ICH'], dueAt: 1_010 }], failed: [] });
  });
  test('nothing is expected of a detector that is not active, of another site, or that does not apply', () => {
    const nothing = { expected: [], failed: [] };
    expect(
      expected(
        detector(() => true),
        'suspended',
      ),
    ).toEqual(nothing);
    expect(
      expected(
        detector(() => true),
        'active',
        'XX',
      ),
    ).toEqual(nothing);
    expect(expected(detector(() => false))).toEqual(nothing);
  });
  test('a condition that cannot be evaluated is told, not guessed', () => {
    expect(expected(detector(() => undefined))).toEqual({ expected: [], failed: ['d'] });
  });
});
