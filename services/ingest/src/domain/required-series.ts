import { compareStamps, type EpochMs } from '@voorrang/kernel';
import type { Condition, SeriesFacts, SettlingFacts, SettlingRule } from '@voorrang/protocol';
import { numberOf, type SeriesAttributes, textOf } from './series-attributes.ts';

/** One series of a study as far as settling needs it. */
export type SeriesState = {
  readonly attributes: SeriesAttributes;
  /** Images of it came or lie in a PACS. */
  readonly seen: boolean;
  /** Instances known by UID, and how many a peer said that there are. */
  readonly instances: number;
  readonly announced: number;
  /** Last observation of an instance that was new, and the version that this instance belongs to. */
  readonly lastAt: EpochMs | null;
  readonly inVersion: number;
};

export type SeriesByUid = ReadonlyMap<string, SeriesState>;

export const countOf = ({ instances, announced }: SeriesState): number => Math.max(instances, announced);

export type RequiredSeries = { readonly rule: string; readonly dueAt: EpochMs };

/**
 * When the required series of a study will have been there and quiet for long enough; `null` when no rule holds, one of them is missing or too short, or when
 * none of them has grown in this version: a late topogram does not repeat the promise about the series that were complete before.
 */
export function requiredSeriesDue(
  rules: readonly SettlingRule[],
  site: string,
  all: SeriesByUid,
  version: number,
): RequiredSeries | null {
  const series = [...all.values()].filter(({ seen }) => seen);
  if (series.length === 0) return null;
  const study = studyFacts(series);
  const rule = rules.find(({ sites, when }) => sites.includes(site) && holds(when, { study }));
  if (rule === undefined) return null;
  let lastAt = 0;
  let grown = false;
  for (const { when, minimumInstances } of rule.series) {
    const found = series.filter(
      (one) => countOf(one) >= minimumInstances && holds(when, { study, series: seriesFacts(one) }),
    );
    if (found.length === 0) return null;
    lastAt = Math.max(lastAt, ...found.map((one) => one.lastAt ?? 0));
    grown ||= found.some(({ inVersion }) => inVersion === version);
  }
  return grown ? { rule: rule.id, dueAt: lastAt + rule.quietMs } : null;
}

/** A condition that cannot be evaluated settles nothing; the study waits for the other ways. */
function holds<Facts>(condition: Condition<Facts>, facts: Facts): boolean {
  const result = condition.evaluate(facts);
  return result.ok && result.value;
}

function studyFacts(series: readonly SeriesState[]): SettlingFacts['study'] {
  const distinct = (name: 'modality' | 'bodyPart'): string[] =>
    [...new Set(series.map(({ attributes }) => textOf(attributes, name)))].filter((text) => text !== '').sort();
  return {
    modalities: distinct('modality'),
    bodyParts: distinct('bodyPart'),
    description: lastDescription(series),
  };
}

function lastDescription(series: readonly SeriesState[]): string {
  const said = series.flatMap(({ attributes: { studyDescription } }) => studyDescription ?? []);
  const last = said.reduce<(typeof said)[number] | null>(
    (latest, one) => (latest === null || compareStamps(one.stamp, latest.stamp) > 0 ? one : latest),
    null,
  );
  return typeof last?.value === 'string' ? last.value : '';
}

function seriesFacts(one: SeriesState): SeriesFacts['series'] {
  const { attributes } = one;
  return {
    modality: textOf(attributes, 'modality'),
    description: textOf(attributes, 'description'),
    protocol: textOf(attributes, 'protocol'),
    bodyPart: textOf(attributes, 'bodyPart'),
    kernel: textOf(attributes, 'kernel'),
    sliceThicknessMm: numberOf(attributes, 'sliceThicknessMm'),
    contrast: textOf(attributes, 'contrast') !== '',
    instances: countOf(one),
  };
}
