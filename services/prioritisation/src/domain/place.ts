import type { Reason } from '@voorrang/contracts';
import type { EpochMs, Stamp } from '@voorrang/kernel';
import type { OrderingFacts, Protocol } from '@voorrang/protocol';
import { aiPlaces } from './ai-key.ts';
import { basePlace, raisePlaces } from './base-key.ts';
import { type ProjectionContext, protocolAt, timeZoneOf } from './context.ts';
import { laterStamp } from './facts.ts';
import type { OrderView } from './order-view.ts';
import { orderingFacts, type StudyAttributes } from './ordering-facts.ts';
import type { PatientShown } from './patient-shown.ts';
import { best, comparePlacements, maximumWaitOf, type Placement } from './placement.ts';
import type { Reading } from './reading.ts';
import { reasonsOf } from './reasons.ts';
import { liveRuns, type RunState } from './runs.ts';
import type { StudyEntity, WorklistState } from './state.ts';
import { type VisitHistory, type VisitVersion, visitHistory } from './visit-versions.ts';

/** Where a study stands and why. */
export type Place = {
  /** The best of the base place and those of AI: this is the sort key. */
  readonly winner: Placement;
  /** Without any AI; raises by people are in it. */
  readonly base: Placement;
  readonly unscored: boolean;
  /** What rules were asked about: each order in each version of its visit that counts. */
  readonly facts: readonly OrderingFacts[];
  readonly reasons: Reason[];
  readonly maxWaitAt: EpochMs;
  /** Patient class and location as last heard. */
  readonly visit: VisitVersion;
  /** In force at the newest fact that the base place rests on. */
  readonly protocol: Protocol;
};

type Known = {
  readonly study: StudyEntity;
  readonly views: readonly OrderView[];
  readonly runs: readonly RunState[];
  readonly patient: PatientShown;
  readonly attributes: StudyAttributes;
  readonly reading: Reading;
};

export function placeOf(state: WorklistState, known: Known, context: ProjectionContext): Place {
  const { study, views, runs, patient, attributes, reading } = known;
  const ordered = views.filter((view) => view.known);
  const histories = (ordered.length > 0 ? ordered : [null]).map((view) => ({
    view,
    history: visitHistory(view, patient.facts, study.site, reading.begunAt),
  }));
  const protocol = protocolAt(
    state,
    context,
    newestBaseStamp(
      known,
      histories.map(({ history }) => history),
    ),
  );
  const reference = reading.begunAt.observedAt;
  const timeZone = timeZoneOf(protocol, study.site);
  const facts = histories.flatMap(({ view, history }) =>
    history.versions.map((visit) => orderingFacts(view, visit, attributes, patient, reference, timeZone)),
  );
  const images = study.series.size > 0;
  const { placement, unscored } = basePlace(facts, reference, images, study.site, protocol, context);
  const base = best([placement, ...raisePlaces(study, reading.before, protocol, context)]) ?? placement;
  const ai = [...aiPlaces(state, study, liveRuns(study, runs), reading, facts, context)].sort(comparePlacements);
  const raised = ai[0];
  const winner = raised !== undefined && raised.score < base.score ? raised : base;
  return {
    winner,
    base,
    unscored,
    facts,
    reasons: reasonsOf(winner, base, ai, study.site, winner.dueAt),
    maxWaitAt: maximumWaitOf(winner, study.site, context),
    visit: lastVisit(histories),
    protocol,
  };
}

/** AI facts are left out, so that they cannot bring another policy into force for the base place (P2). */
function newestBaseStamp({ study, views, patient, reading }: Known, histories: readonly VisitHistory[]): Stamp {
  let newest: Stamp | null = reading.begunAt;
  for (const series of study.series.values()) newest = laterStamp(newest, series.last);
  for (const view of views) newest = laterStamp(newest, view.lastAt);
  for (const { lastAt } of histories) newest = laterStamp(newest, lastAt);
  for (const { type, stamp } of study.facts)
    if (type === 'study.raised' || type === 'images.announced') newest = laterStamp(newest, stamp);
  for (const fact of patient.facts) if (fact.type !== 'visit.changed') newest = laterStamp(newest, fact.stamp);
  return newest ?? reading.begunAt;
}

type OrderHistory = { readonly view: OrderView | null; readonly history: VisitHistory };

/** Of several orders, the one that is not cancelled and heard of last tells where the patient is. */
function lastVisit(histories: readonly OrderHistory[]): VisitVersion {
  const open = histories.filter(({ view }) => view === null || view.cancelledAt === null);
  let found: OrderHistory | null = null;
  for (const one of open.length > 0 ? open : histories) {
    const at = one.history.lastAt;
    if (found === null || (at !== null && laterStamp(found.history.lastAt, at) === at)) found = one;
  }
  return found?.history.versions.at(-1) ?? { patientClass: '', location: '' };
}
