import type { EventOf } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';

/** What a batch of `series.observed` says of one study, each instance once with its earliest observation. */
export type StudyObservation = {
  readonly key: string;
  readonly site: string;
  readonly studyInstanceUid: string;
  readonly instances: ReadonlyMap<string, EpochMs>;
  readonly series: ReadonlyMap<string, { readonly modality: string | null; readonly bodyPart: string | null }>;
  /** Of the last fact: the trace that the settling belongs to. */
  readonly traceparent: string | null;
};

/** Groups facts by study. The key says the site as well: the same UID from two sites gives two studies. */
export function observationsOf(events: readonly EventOf<'series.observed'>[]): StudyObservation[] {
  const studies = new Map<string, EventOf<'series.observed'>[]>();
  for (const event of events) {
    const known = studies.get(event.key);
    if (known === undefined) studies.set(event.key, [event]);
    else known.push(event);
  }
  return [...studies].map(([key, facts]) => observationOf(key, facts));
}

function observationOf(key: string, facts: readonly EventOf<'series.observed'>[]): StudyObservation {
  const instances = new Map<string, EpochMs>();
  const series = new Map<string, { modality: string | null; bodyPart: string | null }>();
  for (const { data, stamp } of facts) {
    for (const { sopInstanceUid } of data.instances) {
      instances.set(sopInstanceUid, Math.min(instances.get(sopInstanceUid) ?? stamp.observedAt, stamp.observedAt));
    }
    if (!series.has(data.seriesInstanceUid)) {
      series.set(data.seriesInstanceUid, { modality: data.modality, bodyPart: data.bodyPart });
    }
  }
  const last = facts.at(-1);
  return {
    key,
    site: facts[0]?.site ?? '',
    studyInstanceUid: facts[0]?.data.studyInstanceUid ?? '',
    instances,
    series,
    traceparent: last?.traceparent ?? null,
  };
}
