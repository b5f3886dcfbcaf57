import type { Reason } from '@voorrang/contracts';
import { type EpochMs, hours, type Stamp } from '@voorrang/kernel';
import { basePlace } from './base-key.ts';
import { conflictsOf } from './conflicts.ts';
import { type ProjectionContext, protocolAt, timeZoneOf } from './context.ts';
import { type LinkedOrder, orderDetails, reportDetails } from './detail.ts';
import { nextOf, type Projection } from './document.ts';
import { earlierStamp, laterStamp } from './facts.ts';
import { orderView } from './fold-order.ts';
import { linkedOrders, studiesOf } from './links.ts';
import type { OrderView } from './order-view.ts';
import { orderingFacts, studyAttributes } from './ordering-facts.ts';
import { isUnprocessed } from './parked.ts';
import { patientShown } from './patient-shown.ts';
import { beingMadeUntil } from './procedure-steps.ts';
import { reasonsOf, withNotes } from './reasons.ts';
import { mostUrgent, patientClassOf } from './row-words.ts';
import { hasRow } from './runs.ts';
import { memberOf } from './sort-key.ts';
import type { OrderEntity, StudyEntity, WorklistState } from './state.ts';
import { timelineOf } from './timeline.ts';
import { visitHistory } from './visit-versions.ts';

const beingMade: Reason = {
  code: 'being-made',
  ruleId: 'procedure-step',
  text: { en: 'Examination in progress', nl: 'Onderzoek wordt gemaakt' },
};

/** How long an order that is cancelled, discontinued or reported without images here stays in `list=expected`. */
const finishedFor = hours(72);

/**
 * Orders that name a study which has neither image nor run, and a study that is being made: a procedure step is in progress and no image is there, whether it was
 * ordered or not. One row under the id that the study has.
 */
export function projectExpectedStudy(
  state: WorklistState,
  study: StudyEntity,
  orders: readonly LinkedOrder[],
  context: ProjectionContext,
): Projection | null {
  const waiting = orders.filter(({ order, view }) => isWaiting(state, order, view) && !isAnswered(state, order));
  const madeUntil = beingMadeUntil(study);
  // Orders give way to it for as long as the step is in progress, so it stands for them; without any it is believed for a day.
  const believedUntil = waiting.length > 0 ? null : madeUntil;
  const being = madeUntil !== null && (believedUntil === null || believedUntil > context.now);
  if (!being && !waiting.some(({ view }) => view.studyInstanceUid === study.uid)) return null;
  const as = { id: study.id, site: study.site, uid: study.uid, study: being ? study : null, believedUntil };
  return project(state, as, waiting, context);
}

/** The row of one order that names no study. It gives way to the row of a study that belongs to it. */
export function projectExpectedOrder(state: WorklistState, key: string, context: ProjectionContext): Projection | null {
  const order = state.orders.get(key);
  if (order === undefined) return null;
  const view = orderView(state, order);
  if (!isWaiting(state, order, view) || view.absorbed || isAnswered(state, order)) return null;
  if (hasStudyRow(state, order)) return null;
  const as = { id: order.expectedId, site: order.site, uid: null, study: null, believedUntil: null };
  return project(state, as, [{ order, view }], context);
}

const isWaiting = (state: WorklistState, order: OrderEntity, view: OrderView): boolean =>
  view.known || state.parked.has(`orders:${order.key}`);

/** A study with images or a run belongs to the order. */
const isAnswered = (state: WorklistState, order: OrderEntity): boolean =>
  linkedStudies(state, order).some((study) => hasRow(study));

/** The order, or one with the same accession number, names a study, or the study is being made: its row stands for both. */
const hasStudyRow = (state: WorklistState, order: OrderEntity): boolean =>
  linkedStudies(state, order).some(
    (study) =>
      beingMadeUntil(study) !== null ||
      linkedOrders(state, study).some((one) => {
        const view = orderView(state, one);
        return view.known && view.studyInstanceUid === study.uid && !isAnswered(state, one);
      }),
  );

const linkedStudies = (state: WorklistState, order: OrderEntity): readonly StudyEntity[] =>
  [...studiesOf(state, order)]
    .flatMap((id) => state.studies.get(id) ?? [])
    .filter((study) => linkedOrders(state, study).includes(order));

function project(
  state: WorklistState,
  as: {
    readonly id: string;
    readonly site: string;
    readonly uid: string | null;
    /** The study while it is being made. */
    readonly study: StudyEntity | null;
    readonly believedUntil: EpochMs | null;
  },
  orders: readonly LinkedOrder[],
  context: ProjectionContext,
): Projection | null {
  const { site, id, study } = as;
  const views = orders.map(({ view }) => view);
  const leavesAt = finishedAt(views);
  if (leavesAt !== null && leavesAt <= context.now) return null;
  const begunAt = study?.facts.find(({ type }) => type === 'images.announced')?.stamp ?? null;
  const orderedAt = views.reduce<Stamp | null>((first, view) => earlierStamp(first, view.firstAt), begunAt) ?? {
    observedAt: orders.map(({ order }) => state.parked.get(`orders:${order.key}`)?.at ?? 0)[0] ?? 0,
    ingestId: '',
    seq: 0,
  };
  const patient = patientShown(state, study, views);
  const attributes = studyAttributes(study, views);
  const conflicts = conflictsOf(state, study, patient);
  const histories = (views.length > 0 ? views : [null]).map((view) => ({
    view,
    history: visitHistory(view, patient.facts, site, orderedAt),
  }));
  const newest = views.reduce<Stamp | null>((last, view) => laterStamp(last, view.lastAt), orderedAt);
  const protocol = protocolAt(state, context, newest);
  const timeZone = timeZoneOf(protocol, site);
  const facts = histories.flatMap(({ view, history }) =>
    history.versions.map((visit) => orderingFacts(view, visit, attributes, patient, orderedAt.observedAt, timeZone)),
  );
  const { placement, unscored } = basePlace(facts, orderedAt.observedAt, true, site, protocol, context);
  const visit = histories.at(-1)?.history.versions.at(-1);
  const key = { score: placement.score, member: memberOf(orderedAt.observedAt, id) };
  const accessionNumbers = [...new Set(views.flatMap((view) => view.accessionNumbers))].filter((n) => n !== '').sort();
  const flags = {
    unscored,
    unprocessed: isUnprocessed(
      state,
      null,
      orders.map(({ order }) => order),
      patient.facts.map((fact) => fact.key),
    ),
    conflict: conflicts.length > 0,
    'order-cancelled': views.some((view) => view.cancelledAt !== null),
  };
  return {
    document: {
      row: {
        site,
        list: 'expected',
        studyId: id,
        studyInstanceUid: as.uid,
        accessionNumbers,
        patient: {
          id: patient.id,
          authority: patient.authority,
          name: patient.name,
          birthDate: patient.birthDate,
          sex: patient.sex,
        },
        modality: attributes.modality,
        bodyParts: [...attributes.bodyParts],
        description: attributes.description,
        location: visit?.location || null,
        patientClass: patientClassOf(visit?.patientClass ?? ''),
        orderPriority: mostUrgent(views.map((view) => view.priority)),
        urgencyClass: placement.class,
        band: placement.band,
        // The wait begins with the first image.
        dueAt: null,
        maxWaitAt: null,
        reasons: withNotes(reasonsOf(placement, placement, [], site, null), study === null ? [] : [beingMade]),
        ai: [],
        claim: null,
        settled: null,
        imagesCompleteAt: null,
        receivedAt: null,
        flags: (Object.keys(flags) as (keyof typeof flags)[]).filter((name) => flags[name]),
        policyHash: protocol.hash,
      },
      key,
      baseKey: key,
      searchTokens: context.searchTokens(site, {
        name: patient.name,
        patientId: patient.id,
        accessionNumbers,
        birthDate: patient.birthDate,
      }),
      detail: {
        orders: orderDetails(orders),
        series: [],
        runs: [],
        expectedRuns: [],
        reports: reportDetails(orders),
        clocks: {
          firstObservedAt: null,
          imagesCompleteAt: null,
          firstRunReceivedAt: null,
          dueAt: null,
          maxWaitAt: null,
          readAt: null,
        },
        consultPaths: [],
        conflicts,
      },
      timeline: timelineOf(state, study, site, views, patient.facts, orderedAt),
    },
    changesAt: nextOf(context.now, [leavesAt, as.believedUntil]),
  };
}

/** When all that was awaited has come to an end without images, the row leaves after a while. */
function finishedAt(views: readonly OrderView[]): number | null {
  let last = 0;
  for (const view of views) {
    const reported = view.reports.findLast(({ status }) => status === 'final' || status === 'corrected');
    const ended = view.cancelledAt ?? reported?.stamp ?? (view.status === 'discontinued' ? view.lastAt : null);
    if (ended === null) return null;
    last = Math.max(last, ended.observedAt);
  }
  return views.length === 0 ? null : last + finishedFor;
}
