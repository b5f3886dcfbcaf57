import type { KnownEvent } from '@voorrang/contracts';
import type { Stamp } from '@voorrang/kernel';
import { evolve } from './evolve.ts';
import { linkPatient, nameAccession } from './links.ts';
import { type Series, studyEntity, type WorklistState } from './state.ts';

/** Version that snapshots are written in. Any change of a part needs a new one; one of another version is not read: the log holds everything. */
export const snapshotVersion = 2;

type ByStamp = readonly (readonly [Stamp, readonly number[]])[];

/** One part of a snapshot, plain JSON. Facts are kept as they are; images as the union they fold to. */
export type SnapshotPart = { readonly kind: 'fact'; readonly fact: KnownEvent } | SeriesPart;

type SeriesPart = {
  readonly kind: 'series';
  readonly study: { readonly id: string; readonly site: string; readonly uid: string | null };
  readonly series: Omit<Series, 'instances' | 'announced' | 'minutes'>;
  /** Instances by the stamp of their first observation. */
  readonly instances: ByStamp;
  readonly announced: ByStamp;
  readonly minutes: readonly (readonly [number, Series['minutes'] extends Map<number, infer M> ? M : never])[];
};

/**
 * Everything that is needed to build the state again, part by part. Facts may be added while it is being read: the fold is over a set,
 * so handling again what came since the positions that were noted before the first part gives the same state.
 */
export function* snapshotParts(state: WorklistState): Generator<SnapshotPart> {
  for (const study of state.studies.values()) {
    for (const series of study.series.values()) yield seriesPart(study, series);
    for (const fact of study.facts) yield { kind: 'fact', fact };
    for (const { first, most } of study.conflicts.values()) {
      yield { kind: 'fact', fact: first };
      if (most !== first) yield { kind: 'fact', fact: most };
    }
  }
  for (const { facts } of state.orders.values()) for (const fact of facts) yield { kind: 'fact', fact };
  for (const { facts } of state.patients.values()) for (const fact of facts) yield { kind: 'fact', fact };
  for (const facts of state.detectorStates.values()) for (const fact of facts) yield { kind: 'fact', fact };
  for (const fact of state.policies) yield { kind: 'fact', fact };
  const told = new Set<string>();
  for (const facts of state.alerts.values())
    for (const fact of facts) {
      if (told.has(fact.id)) continue;
      told.add(fact.id);
      yield { kind: 'fact', fact };
    }
}

function seriesPart(
  { id, site, uid }: SeriesPart['study'],
  { instances, announced, minutes, ...series }: Series,
): SeriesPart {
  return {
    kind: 'series',
    study: { id, site, uid },
    series,
    instances: byStampOf(instances),
    announced: announced === null ? [] : byStampOf(announced),
    minutes: [...minutes].map(([minute, told]) => [minute, { ...told }] as const),
  };
}

function byStampOf(instances: ReadonlyMap<number, Stamp>): ByStamp {
  const byStamp = new Map<string, readonly [Stamp, number[]]>();
  for (const [hash, stamp] of instances) {
    const key = `${stamp.observedAt}|${stamp.ingestId}|${stamp.seq}`;
    const entry = byStamp.get(key);
    if (entry) entry[1].push(hash);
    else byStamp.set(key, [stamp, [hash]]);
  }
  return [...byStamp.values()];
}

const fromStamps = (all: ByStamp): Map<number, Stamp> => {
  const instances = new Map<number, Stamp>();
  for (const [stamp, hashes] of all) for (const hash of hashes) instances.set(hash, stamp);
  return instances;
};

/** Puts one part back. The order of parts does not matter. */
export function restorePart(state: WorklistState, part: SnapshotPart): void {
  if (part.kind === 'fact') {
    evolve(state, part.fact, new Set());
    return;
  }
  const study = studyEntity(state, part.study.id, part.study.site, part.study.uid);
  const series: Series = {
    ...part.series,
    instances: fromStamps(part.instances),
    announced: part.announced.length === 0 ? null : fromStamps(part.announced),
    minutes: new Map(part.minutes),
  };
  study.series.set(series.uid, series);
  nameAccession(state, study, series.accessionNumbers?.value ?? []);
  if (series.patient !== null) linkPatient(state, series.patient.value, { study: study.id });
}
