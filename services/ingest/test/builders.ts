import type { EventData, EventOf } from '@voorrang/contracts';
import { opaqueKeys, type Stamp } from '@voorrang/kernel';

export const keys = opaqueKeys('secret-of-the-tests');

/** Data of a `series.observed` of study 1.2.`study`. */
export function seriesData(study: number, series: number, instances: readonly number[]): EventData<'series.observed'> {
  return {
    studyInstanceUid: `1.2.${study}`,
    seriesInstanceUid: `1.2.${study}.${series}`,
    instances: instances.map((n) => ({ sopInstanceUid: `1.2.${study}.${series}.${n}`, digest: `digest-${n}` })),
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    modality: 'CT',
    patient: { id: 'P1', authority: 'EXHOSP', name: 'Jansen, Jan', birthDate: '1950-01-31', sex: 'M' },
    accessionNumbers: ['A1'],
    studyDescription: 'CT brain',
    seriesDescription: null,
    bodyPart: 'HEAD',
    laterality: null,
    acquiredAt: '20260303080000',
    equipment: { manufacturer: null, model: null, station: null, softwareVersions: null },
    acquisition: { kernel: null, sliceThicknessMm: null, protocol: null, contrastAgent: null, kVp: null },
    sender: { callingAe: 'EXCT1', calledAe: 'VOORRANG' },
  };
}

export function seriesObserved(
  study: number,
  series: number,
  instances: readonly number[],
  observedAt: number,
  site = 'EX',
): EventOf<'series.observed'> {
  const stamp: Stamp = { observedAt, ingestId: 'test', seq: observedAt * 1000 + series };
  const key = keys.study(site, `1.2.${study}`);
  const data = seriesData(study, series, instances);
  return { id: `test-${stamp.seq}`, type: 'series.observed', source: 'test', site, key, stamp, data };
}
