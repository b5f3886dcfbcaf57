import { expect, test } from '@jest/globals';
import { catalogue, type NewEvent } from '@voorrang/contracts';
import { keys, seriesData } from '../../test/builders.ts';
import { coalesceSeries } from './coalesce-series.ts';

const fact = (series: number, instances: readonly number[], change: object = {}): NewEvent => ({
  type: 'series.observed',
  source: 'ingest/dicom',
  site: 'EX',
  key: keys.study('EX', '1.2.1'),
  data: { ...seriesData(1, series, instances), ...change },
});
const instancesOf = (event: NewEvent | undefined): string[] | undefined =>
  event && catalogue['series.observed'].parse(event.data).instances.map(({ digest }) => digest);

test('facts of one series become their union', () => {
  expect(instancesOf(coalesceSeries(fact(1, [1, 2]), fact(1, [2, 3])))).toEqual(['digest-1', 'digest-2', 'digest-3']);
});

test('the time of acquisition may differ from image to image', () => {
  const merged = coalesceSeries(fact(1, [1]), fact(1, [2], { acquiredAt: '20260303080001' }));
  expect(merged?.data).toMatchObject({ acquiredAt: '20260303080000' });
});

test.each([
  ['another series', fact(2, [2])],
  ['another name of the patient', fact(1, [2], { patient: null })],
  ['another sender', fact(1, [2], { sender: { callingAe: 'EXCT2', calledAe: 'VOORRANG' } })],
  [
    'another content of the same instance',
    fact(1, [], { instances: [{ sopInstanceUid: '1.2.1.1.1', digest: 'other' }] }),
  ],
  ['evidence', { ...fact(1, [2]), type: 'evidence.received' }],
  [
    'too many instances',
    fact(
      1,
      Array.from({ length: 500 }, (_, n) => n + 10),
    ),
  ],
])('%s stays a fact of its own', (_name, next) => {
  expect(coalesceSeries(fact(1, [1]), next)).toBeUndefined();
});
