import { describe, expect, test } from '@jest/globals';
import {
  type AnnouncedSeries,
  decideStep,
  factsOfStep,
  type PerformedStep,
  partsOf,
  type StepMessage,
} from './performed-step.ts';

const step = (given: Partial<PerformedStep> = {}): PerformedStep => ({
  status: 'in-progress',
  studies: [{ studyInstanceUid: '1.2', accessionNumbers: ['A1'], description: null }],
  patient: null,
  modality: 'CT',
  startedAt: null,
  endedAt: null,
  station: null,
  ...given,
});
const series = (n: number, images: number): AnnouncedSeries[number] => ({
  seriesInstanceUid: `1.2.${n}`,
  modality: null,
  description: null,
  protocol: null,
  instances: Array.from({ length: images }, (_, i) => ({ sopInstanceUid: `1.2.${n}.${i}`, sopClassUid: '1.2.3' })),
  instanceCount: null,
  retrieveAe: null,
});
const made = { site: 'EX', source: 'test', sender: { callingAe: 'CT', calledAe: 'US' }, keyOf: (uid: string) => uid };

describe('decideStep', () => {
  const create: StepMessage = { operation: 'N-CREATE', step: step(), series: [] };
  const end: StepMessage = { operation: 'N-SET', step: { status: 'completed', endedAt: '20261123' }, series: [] };
  test.each([
    ['begun', undefined, create, { kind: 'taken', step: step() }],
    ['begun twice', step(), create, { kind: 'duplicate' }],
    ['ended', step(), end, { kind: 'taken', step: step({ status: 'completed', endedAt: '20261123' }) }],
    ['ended without a beginning', undefined, end, { kind: 'unknown' }],
    ['ended twice', step({ status: 'completed' }), end, { kind: 'ended' }],
    ['ended after it was broken off', step({ status: 'discontinued' }), end, { kind: 'ended' }],
  ])('%s', (_what, known, message, decision) => expect(decideStep(known, message)).toEqual(decision));
});

describe('a message of many images', () => {
  test('is cut where a fact would be too long, and no image is lost or told twice', () => {
    const all = [series(1, 1_500), series(2, 0), series(3, 4_700), series(4, 1)];
    const parts = partsOf(all);
    const sizes = parts.map((part) => part.reduce((sum, { instances }) => sum + instances.length, 0));
    expect(sizes).toEqual([2_000, 2_000, 2_000, 201]);
    const told = parts.flat().flatMap(({ instances }) => instances.map(({ sopInstanceUid }) => sopInstanceUid));
    expect(told).toEqual(all.flatMap(({ instances }) => instances.map(({ sopInstanceUid }) => sopInstanceUid)));
    expect(new Set(parts.flat().map(({ seriesInstanceUid }) => seriesInstanceUid)).size).toBe(4);
  });

  test('says how the step ended in its last fact, of each study', () => {
    const two = step({
      status: 'completed',
      studies: ['1.2', '1.3'].map((studyInstanceUid) => ({
        studyInstanceUid,
        accessionNumbers: [],
        description: null,
      })),
    });
    const facts = factsOfStep('1.9', two, [series(1, 2_001)], made);
    expect(facts.map(({ key, data }) => [key, (data as { status: string }).status])).toEqual([
      ['1.2', 'in-progress'],
      ['1.2', 'completed'],
      ['1.3', 'in-progress'],
      ['1.3', 'completed'],
    ]);
  });
});
