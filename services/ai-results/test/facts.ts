import type { EventData, NewEvent } from '@voorrang/contracts';
import { seconds } from '@voorrang/kernel';
import { keys, studyKey, uid } from './world.ts';

export const observed = (over: Partial<EventData<'series.observed'>> = {}): NewEvent => ({
  type: 'series.observed',
  source: '/ingest',
  site: 'EX',
  key: studyKey,
  data: {
    studyInstanceUid: uid,
    seriesInstanceUid: `${uid}.1`,
    instances: [{ sopInstanceUid: `${uid}.1.1`, digest: 'd' }],
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    modality: 'CT',
    patient: null,
    accessionNumbers: ['A1'],
    studyDescription: 'CT schedel',
    seriesDescription: null,
    bodyPart: null,
    laterality: null,
    acquiredAt: null,
    equipment: { manufacturer: null, model: null, station: null, softwareVersions: null },
    acquisition: { kernel: null, sliceThicknessMm: null, protocol: null, contrastAgent: null, kVp: null },
    sender: { callingAe: 'EXCT1', calledAe: 'VOORRANG' },
    ...over,
  } satisfies EventData<'series.observed'>,
});
export const settled = (imagesCompleteAt: number, version = 1): NewEvent => ({
  type: 'study.settled',
  source: '/ingest',
  site: 'EX',
  key: studyKey,
  data: {
    studyInstanceUid: uid,
    version,
    by: 'quiet',
    imagesCompleteAt,
    settledAt: imagesCompleteAt + seconds(30),
    modalities: ['CT'],
    bodyParts: [],
    seriesInstanceUids: [`${uid}.1`],
  } satisfies EventData<'study.settled'>,
});
export const order = (type: 'order.placed' | 'order.changed', over: Partial<EventData<'order.placed'>>): NewEvent => ({
  type,
  source: '/ingest',
  site: 'EX',
  key: keys.order('EX', 'F1'),
  data: {
    orderNumber: { filler: 'F1', placer: null },
    accessionNumbers: ['A1'],
    studyInstanceUid: null,
    patient: null,
    visit: null,
    procedure: null,
    modality: null,
    bodyPart: null,
    indication: null,
    priority: null,
    strokeCode: null,
    status: null,
    requestedAt: null,
    ...over,
  } satisfies EventData<'order.placed'>,
});
