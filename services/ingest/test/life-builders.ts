import type { EventData, EventOf } from '@voorrang/contracts';
import type { Stamp } from '@voorrang/kernel';
import type { Condition, SeriesFacts, SettlingFacts, SettlingRule } from '@voorrang/protocol';
import { keys, seriesData } from './builders.ts';

let made = 0;
const stampAt = (observedAt: number): Stamp => {
  made += 1;
  return { observedAt, ingestId: 'test-life', seq: made };
};

type Observed = EventData<'series.observed'>;
type Announced = EventData<'images.announced'>;

/** Images of study 1.2.`study` with what a rule may ask of the series. */
export function observed(
  study: number,
  series: number,
  instances: readonly number[],
  at: number,
  given: Partial<Observed> & { readonly digest?: string; readonly site?: string } = {},
): EventOf<'series.observed'> {
  const { digest, site = 'EX', ...rest } = given;
  const data = { ...seriesData(study, series, instances), ...rest };
  const named = digest === undefined ? data : { ...data, instances: data.instances.map((one) => ({ ...one, digest })) };
  const stamp = stampAt(at);
  return {
    id: `life-${stamp.seq}`,
    type: 'series.observed',
    source: 'test',
    site,
    key: keys.study(site, named.studyInstanceUid),
    stamp,
    data: named,
  };
}

export type AnnouncedSeries = {
  readonly series: number;
  readonly instances?: readonly number[];
  readonly count?: number;
};

/** What a PACS (`ian`) or a modality (`mpps`) tells of study 1.2.`study`; `of` names the study whose images are meant. */
export function announced(
  study: number,
  status: Announced['status'],
  series: readonly AnnouncedSeries[],
  at: number,
  given: Partial<Announced> & { readonly step?: number; readonly site?: string; readonly of?: number } = {},
): EventOf<'images.announced'> {
  const { step, site = 'EX', of = study, ...rest } = given;
  const mpps = status !== 'available' && status !== 'unavailable';
  const data: Announced = {
    studyInstanceUid: `1.2.${study}`,
    by: mpps ? 'mpps' : 'ian',
    status,
    procedureStepUid: mpps ? `1.9.${step ?? 1}` : null,
    series: series.map(({ series: n, instances = [], count }) => ({
      seriesInstanceUid: `1.2.${of}.${n}`,
      modality: mpps ? 'CT' : null,
      description: null,
      protocol: null,
      instances: instances.map((i) => ({
        sopInstanceUid: `1.2.${of}.${n}.${i}`,
        sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      })),
      instanceCount: count ?? null,
      retrieveAe: 'EXPACS',
    })),
    modality: mpps ? 'CT' : null,
    patient: null,
    accessionNumbers: [],
    studyDescription: null,
    startedAt: null,
    endedAt: null,
    station: null,
    sender: { callingAe: 'EXCT1', calledAe: 'VOORRANG' },
    ...rest,
  };
  const stamp = stampAt(at);
  const key = keys.study(site, data.studyInstanceUid);
  return { id: `life-${stamp.seq}`, type: 'images.announced', source: 'test', site, key, stamp, data };
}

const when = <Facts>(holds: (facts: Facts) => boolean): Condition<Facts> => ({
  text: 'test',
  evaluate: (facts) => ({ ok: true, value: holds(facts) }),
});

/** Of a CT of the head: a thin series (2 instances at least) and one with a bone kernel, each quiet for 10 ms. */
export const headRule: SettlingRule = {
  id: 'head',
  sites: ['EX'],
  when: when<SettlingFacts>(({ study }) => study.bodyParts.includes('HEAD')),
  series: [
    { name: 'thin', when: when<SeriesFacts>(({ series }) => series.sliceThicknessMm === 1), minimumInstances: 2 },
    { name: 'bone', when: when<SeriesFacts>(({ series }) => series.kernel === 'B60f'), minimumInstances: 1 },
  ],
  quietMs: 10,
  source: 'test',
};

const nothing = { kernel: null, sliceThicknessMm: null, protocol: null, contrastAgent: null, kVp: null };
export const thin: Partial<Observed> = { acquisition: { ...nothing, sliceThicknessMm: 1 } };
export const bone: Partial<Observed> = { acquisition: { ...nothing, kernel: 'B60f' } };
