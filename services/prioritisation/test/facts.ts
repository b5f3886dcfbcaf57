import { type EventData, type EventType, eventIdOf, type KnownEvent } from '@voorrang/contracts';
import { type EpochMs, opaqueKeys } from '@voorrang/kernel';

export const keys = opaqueKeys('secret of the tests');
export const monday: EpochMs = Date.UTC(2026, 10, 23, 8);

/** A fact without its stamp yet. */
export type Draft = {
  readonly at: EpochMs;
  readonly spool: string;
  readonly type: EventType;
  readonly site: string;
  readonly key: string;
  readonly data: unknown;
};

export const draft = <T extends EventType>(
  type: T,
  at: EpochMs,
  spool: string,
  site: string,
  key: string,
  data: EventData<T>,
): Draft => ({ at, spool, type, site, key, data });

/** Stamps drafts as their spools would have: sequence numbers grow with time, per spool. */
export function stamped(drafts: readonly Draft[]): KnownEvent[] {
  const next = new Map<string, number>();
  return [...drafts]
    .sort((a, b) => a.at - b.at)
    .map(({ at, spool, type, site, key, data }) => {
      const seq = next.get(spool) ?? 0;
      next.set(spool, seq + 1);
      const stamp = { observedAt: at, ingestId: spool, seq };
      return { id: eventIdOf(stamp), type, source: `test/${spool}`, site, key, stamp, data } as unknown as KnownEvent;
    });
}

export const orderKeyOf = (site: string, filler: string | null, placer: string | null): string =>
  keys.order(site, filler ?? `placer:${placer}`);

type OrderData = EventData<'order.placed'>;
export const orderData = (given: Partial<OrderData> & Pick<OrderData, 'orderNumber'>): OrderData => ({
  accessionNumbers: [],
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
  ...given,
});

type SeriesData = EventData<'series.observed'>;
export const seriesData = (
  given: Partial<SeriesData> & Pick<SeriesData, 'studyInstanceUid' | 'seriesInstanceUid'>,
): SeriesData => ({
  instances: [{ sopInstanceUid: `${given.seriesInstanceUid}.1`, digest: '00' }],
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  modality: 'CT',
  patient: null,
  accessionNumbers: [],
  studyDescription: null,
  seriesDescription: null,
  bodyPart: null,
  laterality: null,
  acquiredAt: null,
  equipment: { manufacturer: null, model: null, station: null, softwareVersions: null },
  acquisition: { kernel: null, sliceThicknessMm: null, protocol: null, contrastAgent: null, kVp: null },
  sender: { callingAe: 'CT', calledAe: 'VOORRANG' },
  ...given,
});

type RunData = EventData<'run.recorded'>;
export const runData = (
  run: Partial<RunData['run']> & Pick<RunData['run'], 'resultId' | 'studyInstanceUid' | 'findings'>,
  shadow = false,
): RunData => ({
  run: {
    detector: { id: 'det-ich', version: '1' },
    status: 'completed',
    producedAt: '2026-11-23T08:00:00Z',
    ...run,
  },
  shadow,
  resultKey: keys.of('result', run.resultId),
});

/** What a PACS announces of a study, nothing told but the study itself. */
export const announced = (
  studyInstanceUid: string,
  given: Partial<EventData<'images.announced'>>,
): EventData<'images.announced'> => ({
  studyInstanceUid,
  by: 'ian',
  status: 'available',
  procedureStepUid: null,
  series: [],
  modality: null,
  patient: null,
  accessionNumbers: [],
  studyDescription: null,
  startedAt: null,
  endedAt: null,
  station: null,
  sender: { callingAe: 'PACS', calledAe: 'VOORRANG' },
  ...given,
});
