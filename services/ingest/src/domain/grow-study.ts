import type { EpochMs } from '@voorrang/kernel';
import type { SettlingRule } from '@voorrang/protocol';
import type { StudyObservation, ToldSeries } from './observations.ts';
import { countOf, requiredSeriesDue, type SeriesByUid, type SeriesState } from './required-series.ts';
import { mergeAttributes } from './series-attributes.ts';
import {
  awaitImages,
  type NewInstances,
  observeInstances,
  promise,
  type SettlingLimits,
  type StudyProgress,
} from './settling.ts';
import { completedAt, type StepState } from './steps.ts';

export type SettlingSettings = SettlingLimits & { readonly rules: readonly SettlingRule[] };

/** What the book knows of a study beside the set of its instances. */
export type KnownStudy = {
  readonly progress: StudyProgress;
  readonly series: SeriesByUid;
  readonly steps: ReadonlyMap<string, StepState>;
};

const unseen: SeriesState = { attributes: {}, seen: false, instances: 0, announced: 0, lastAt: null, inVersion: 0 };

/** Adds what a batch tells of the series. `fresh` are the instances (SOP Instance UIDs) of the batch that were not in the set before. */
export function growSeries(
  known: KnownStudy,
  told: Pick<StudyObservation, 'instances' | 'series'>,
  fresh: readonly string[],
): { readonly series: SeriesByUid; readonly changed: ReadonlySet<string>; readonly seen: NewInstances | null } {
  const version = known.progress.version + 1;
  const series = new Map(known.series);
  let first: EpochMs = Number.POSITIVE_INFINITY;
  let last: EpochMs | null = null;
  const observe = (uid: string, one: SeriesState, at: EpochMs): void => {
    series.set(uid, { ...one, seen: true, lastAt: Math.max(one.lastAt ?? at, at), inVersion: version });
    first = Math.min(first, at);
    last = Math.max(last ?? at, at);
  };
  for (const [uid, one] of told.series) series.set(uid, tell(series.get(uid) ?? unseen, one));
  for (const sopUid of fresh) {
    const instance = told.instances.get(sopUid);
    if (instance === undefined) continue;
    const one = series.get(instance.seriesUid) ?? unseen;
    const more = { ...one, instances: one.instances + 1 };
    // One of those that a peer has counted before is not new.
    if (countOf(more) > countOf(one)) observe(instance.seriesUid, more, instance.at);
    else series.set(instance.seriesUid, more);
  }
  for (const [uid, { announced }] of told.series) {
    const one = series.get(uid);
    if (announced === null || one === undefined || announced.count <= countOf(one)) continue;
    observe(uid, { ...one, announced: announced.count }, announced.at);
  }
  const changed = new Set([...told.series.keys(), ...fresh.flatMap((uid) => told.instances.get(uid)?.seriesUid ?? [])]);
  return { series, changed, seen: last === null ? null : { firstAt: first, lastAt: last } };
}

const tell = (known: SeriesState, told: ToldSeries): SeriesState => ({
  ...known,
  seen: known.seen || told.seen,
  attributes: mergeAttributes(known.attributes, told.attributes),
});

/** `performed`: procedure steps named instances of the study; `awaited`: some of these are not there yet. */
export type Performed = { readonly performed: boolean; readonly awaited: boolean };

/** Where the study stands after a batch: what is open and when each way of settling falls due. */
export function progressOf(
  known: KnownStudy,
  seen: NewInstances | null,
  { performed, awaited }: Performed,
  site: string,
  settings: SettlingSettings,
): StudyProgress {
  const { series, steps } = known;
  const ended = performed ? completedAt(steps.values()) : null;
  let progress = seen === null ? known.progress : observeInstances(known.progress, seen, settings);
  if (ended !== null && awaited && ![...series.values()].some((one) => one.seen))
    progress = awaitImages(progress, ended, settings);
  if (progress.open === null) return progress;
  const required = requiredSeriesDue(settings.rules, site, series, progress.version + 1);
  return promise(progress, { requiredDueAt: required?.dueAt ?? null, completedAt: awaited ? null : ended });
}
