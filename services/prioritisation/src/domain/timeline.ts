import type { KnownEvent, TimelineEntry } from '@voorrang/contracts';
import { compareStamps, type EpochMs, type Stamp } from '@voorrang/kernel';
import type { OrderView } from './order-view.ts';
import type { PatientFact } from './patient-shown.ts';
import type { StudyEntity, WorklistState } from './state.ts';
import { imagesReceived, summaryOf } from './timeline-text.ts';
import { isOfVisit, visitWindow } from './visit-versions.ts';

type Placed = { readonly stamp: Stamp; readonly entry: TimelineEntry };

/** Facts never change, so neither do their lines. */
const lines = new WeakMap<KnownEvent, Placed>();

function lineOf(fact: KnownEvent): Placed {
  const known = lines.get(fact);
  if (known) return known;
  const { stamp, type, source, id } = fact;
  const placed = { stamp, entry: { at: stamp.observedAt, type, source, summary: summaryOf(fact), id } };
  lines.set(fact, placed);
  return placed;
}

/**
 * Everything linked to a study, oldest first: its own facts, its orders and reports, its patient from a day before it begins, its alerts.
 * Images of one series and one minute are one line.
 */
export function timelineOf(
  state: WorklistState,
  study: StudyEntity | null,
  site: string,
  views: readonly OrderView[],
  patient: readonly PatientFact[],
  begunAt: Stamp,
): readonly TimelineEntry[] {
  const facts: KnownEvent[] = [...(study?.facts ?? []), ...((study && state.alerts.get(study.id)) ?? [])];
  for (const { first } of study?.conflicts.values() ?? []) facts.push(first);
  for (const view of views) facts.push(...view.facts);
  facts.push(...patient.filter((fact) => isLinked(fact, site, views, begunAt)));
  const unique = new Map(facts.map((fact) => [fact.id, fact]));
  return [...[...unique.values()].map(lineOf), ...(study === null ? [] : imageLines(study))]
    .sort((a, b) => compareStamps(a.stamp, b.stamp) || (a.entry.id < b.entry.id ? -1 : 1))
    .map(({ entry }) => entry);
}

function isLinked(fact: PatientFact, site: string, views: readonly OrderView[], begunAt: Stamp): boolean {
  if (fact.type === 'patient.merged' || fact.type === 'patient.unmerged') return true;
  if (fact.type === 'patient.updated') return fact.stamp.observedAt >= begin(views, begunAt) - visitWindow;
  const numbers = views.length === 0 ? [null] : views.map(({ visitNumber }) => visitNumber);
  return numbers.some((number) => isOfVisit(fact, site, number, begunAt));
}

const begin = (views: readonly OrderView[], begunAt: Stamp): EpochMs =>
  views.reduce((least, { firstAt }) => Math.min(least, firstAt?.observedAt ?? least), begunAt.observedAt);

function* imageLines(study: StudyEntity): Iterable<Placed> {
  for (const { modality, minutes } of study.series.values())
    for (const { first, id, source, count } of minutes.values()) {
      if (count === 0) continue;
      const summary = imagesReceived(count, modality?.value ?? null);
      yield { stamp: first, entry: { at: first.observedAt, type: 'series.observed', source, summary, id } };
    }
}
