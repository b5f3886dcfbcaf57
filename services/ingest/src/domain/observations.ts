import type { EventOf } from '@voorrang/contracts';
import { compareStamps, type EpochMs } from '@voorrang/kernel';
import { type AttributeValues, mergeAttributes, type SeriesAttributes, saidAt } from './series-attributes.ts';
import { mergeSteps, type StepState, type StepStatus } from './steps.ts';

export type ImagingFact = EventOf<'series.observed'> | EventOf<'images.announced'>;

/** `digests`: the contents it came with, the first one first; none when it was only announced. */
export type ToldInstance = {
  readonly seriesUid: string;
  readonly at: EpochMs;
  readonly digests: readonly string[];
};

export type ToldSeries = {
  readonly attributes: SeriesAttributes;
  /** Images of it came or lie in a PACS; else a procedure step only names it. */
  readonly seen: boolean;
  /** How many a peer says that there are, where it tells only that; with the instant at which it said so. */
  readonly announced: { readonly count: number; readonly at: EpochMs } | null;
};

/** `performed`: SOP Instance UIDs that its messages name as made. */
export type ToldStep = { readonly state: StepState; readonly performed: ReadonlySet<string> };

/** What a batch of imaging facts says of one study, each instance once with its earliest observation. */
export type StudyObservation = {
  readonly key: string;
  readonly site: string;
  readonly studyInstanceUid: string;
  readonly instances: ReadonlyMap<string, ToldInstance>;
  readonly series: ReadonlyMap<string, ToldSeries>;
  /** By SOP Instance UID of the procedure step. */
  readonly steps: ReadonlyMap<string, ToldStep>;
  /** Of the last fact: the trace that the settling belongs to. */
  readonly traceparent: string | null;
  /** Of the newest fact. */
  readonly lastAt: EpochMs;
};

/** Groups facts by study. The key says the site as well: the same UID from two sites gives two studies. */
export function observationsOf(events: readonly ImagingFact[]): StudyObservation[] {
  const studies = new Map<string, ImagingFact[]>();
  for (const event of events) {
    const known = studies.get(event.key);
    if (known === undefined) studies.set(event.key, [event]);
    else known.push(event);
  }
  return [...studies].map(([key, facts]) => observationOf(key, facts));
}

type Making = {
  readonly instances: Map<string, ToldInstance>;
  readonly series: Map<string, ToldSeries>;
  readonly steps: Map<string, ToldStep>;
};

function observationOf(key: string, facts: readonly ImagingFact[]): StudyObservation {
  const making: Making = { instances: new Map(), series: new Map(), steps: new Map() };
  for (const fact of facts.toSorted((a, b) => compareStamps(a.stamp, b.stamp))) {
    if (fact.type === 'series.observed') addObserved(making, fact);
    else addAnnounced(making, fact);
  }
  return {
    key,
    site: facts[0]?.site ?? '',
    studyInstanceUid: facts[0]?.data.studyInstanceUid ?? '',
    ...making,
    traceparent: facts.at(-1)?.traceparent ?? null,
    lastAt: Math.max(...facts.map(({ stamp }) => stamp.observedAt)),
  };
}

function addObserved(making: Making, { data, stamp }: EventOf<'series.observed'>): void {
  const seriesUid = data.seriesInstanceUid;
  for (const { sopInstanceUid, digest } of data.instances)
    addInstance(making, sopInstanceUid, { seriesUid, at: stamp.observedAt, digests: [digest] });
  const values: AttributeValues = {
    modality: data.modality,
    description: data.seriesDescription,
    protocol: data.acquisition.protocol,
    bodyPart: data.bodyPart,
    kernel: data.acquisition.kernel,
    sliceThicknessMm: data.acquisition.sliceThicknessMm,
    contrast: data.acquisition.contrastAgent,
    studyDescription: data.studyDescription,
  };
  addSeries(making, seriesUid, { attributes: saidAt(values, stamp), seen: true, announced: null });
}

/** Images that lie in a PACS are there like those that came here. Those that a procedure step names are only awaited: nobody has said yet that they can be had. */
function addAnnounced(making: Making, { data, stamp }: EventOf<'images.announced'>): void {
  if (data.status === 'unavailable') return;
  const at = stamp.observedAt;
  const available = data.status === 'available';
  for (const { seriesInstanceUid, modality, description, protocol, instances, instanceCount } of data.series) {
    const values = {
      modality: modality ?? data.modality,
      description,
      protocol,
      studyDescription: data.studyDescription,
    };
    const attributes = saidAt(values, stamp);
    const announced = available && instanceCount !== null ? { count: instanceCount, at } : null;
    const seen = available && (instances.length > 0 || (instanceCount ?? 0) > 0);
    addSeries(making, seriesInstanceUid, { attributes, seen, announced });
    if (available)
      for (const { sopInstanceUid } of instances)
        addInstance(making, sopInstanceUid, { seriesUid: seriesInstanceUid, at, digests: [] });
  }
  if (available || data.procedureStepUid === null) return;
  addStep(making, data.procedureStepUid, {
    state: { status: data.status as StepStatus, at, modality: data.modality },
    performed: new Set(data.series.flatMap(({ instances }) => instances.map(({ sopInstanceUid }) => sopInstanceUid))),
  });
}

/** Without the images that were counted before what is known of them was pruned: the log may be read again. */
export function sincePruning(told: StudyObservation, prunedThrough: EpochMs | null): StudyObservation {
  if (prunedThrough === null) return told;
  const isNew = ({ at }: { readonly at: EpochMs }): boolean => at > prunedThrough;
  return {
    ...told,
    instances: new Map([...told.instances].filter(([, instance]) => isNew(instance))),
    series: new Map(
      [...told.series].map(([uid, one]) => [
        uid,
        { ...one, announced: one.announced !== null && isNew(one.announced) ? one.announced : null },
      ]),
    ),
  };
}

function addInstance({ instances }: Making, sopUid: string, told: ToldInstance): void {
  const known = instances.get(sopUid);
  if (known === undefined) instances.set(sopUid, told);
  else instances.set(sopUid, { ...known, digests: [...new Set([...known.digests, ...told.digests])] });
}

function addSeries({ series }: Making, uid: string, told: ToldSeries): void {
  const known = series.get(uid);
  if (known === undefined) {
    series.set(uid, told);
    return;
  }
  const more = told.announced !== null && told.announced.count > (known.announced?.count ?? 0);
  series.set(uid, {
    attributes: mergeAttributes(known.attributes, told.attributes),
    seen: known.seen || told.seen,
    announced: more ? told.announced : known.announced,
  });
}

function addStep({ steps }: Making, uid: string, told: ToldStep): void {
  const known = steps.get(uid);
  if (known === undefined) steps.set(uid, told);
  else
    steps.set(uid, {
      state: mergeSteps(known.state, told.state),
      performed: new Set([...known.performed, ...told.performed]),
    });
}
