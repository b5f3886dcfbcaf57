import type { SnapshotPart } from './snapshot.ts';

/**
 * Version that snapshots are written in. 2 (announced images): a series part has `announced` and its series `told`. Any change of a part needs a new one, with a step here that
 * brings parts of the version before to it.
 */
export const snapshotVersion = 2;

type AnyPart = SnapshotPart | SeriesPartOfVersion1;
type SeriesPart = Extract<SnapshotPart, { kind: 'series' }>;
type SeriesPartOfVersion1 = Omit<SeriesPart, 'series' | 'announced'> & {
  readonly series: Omit<SeriesPart['series'], 'told'>;
};

const from1 = (part: AnyPart): SnapshotPart =>
  part.kind === 'fact' ? part : ({ ...part, announced: [], series: { ...part.series, told: 0 } } satisfies SeriesPart);

/** Brings a part of an older snapshot to today's form; `undefined` for a version that nobody ever wrote or that is newer than this program. */
export function partUpcaster(version: unknown): ((part: AnyPart) => SnapshotPart) | undefined {
  if (version === snapshotVersion) return (part) => part as SnapshotPart;
  return version === 1 ? from1 : undefined;
}
