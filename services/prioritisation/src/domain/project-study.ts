import type { EpochMs, Stamp } from '@voorrang/kernel';
import { hours } from '@voorrang/kernel';
import { aiNotes } from './ai-notes.ts';
import { hasClockSkew } from './clock-skew.ts';
import { conflictsOf } from './conflicts.ts';
import { type ProjectionContext, timeZoneOf } from './context.ts';
import {
  type Detail,
  expectedDetails,
  type LinkedOrder,
  orderDetails,
  reportDetails,
  runDetails,
  seriesDetails,
} from './detail.ts';
import { aiDisplays } from './displays.ts';
import { nextOf, type Projection, type StudyDocument } from './document.ts';
import { orderView } from './fold-order.ts';
import { linkedOrders, ownAccessionNumbers } from './links.ts';
import type { OrderView } from './order-view.ts';
import { type StudyAttributes, studyAttributes } from './ordering-facts.ts';
import { isUnprocessed, parkedMark } from './parked.ts';
import { type PatientShown, patientShown } from './patient-shown.ts';
import { type Place, placeOf } from './place.ts';
import { projectExpectedOrder, projectExpectedStudy } from './project-expected.ts';
import { type Reading, readingOf } from './reading.ts';
import { claimOf, heldUntil, settledOf } from './reading-room.ts';
import { withNotes } from './reasons.ts';
import { mostUrgent, patientClassOf } from './row-words.ts';
import { firstRun, type RunState, runsOf } from './runs.ts';
import { memberOf } from './sort-key.ts';
import type { StudyEntity, WorklistState } from './state.ts';
import { timelineOf } from './timeline.ts';

/** How long a study that was read stays in `list=done`. */
export const doneFor = hours(72);

type Known = {
  readonly study: StudyEntity;
  readonly orders: readonly LinkedOrder[];
  readonly views: readonly OrderView[];
  readonly runs: readonly RunState[];
  readonly patient: PatientShown;
  readonly attributes: StudyAttributes;
  readonly reading: Reading;
};

/**
 * The document of a study, or of an order that waits for its images, as the facts have it at an instant; `null` when there is none (any more).
 * A pure function of the set of facts, the protocols in force and the instant.
 */
export function projectStudy(state: WorklistState, id: string, context: ProjectionContext): Projection | null {
  const orderKey = state.byExpectedId.get(id);
  if (orderKey !== undefined) return projectExpectedOrder(state, orderKey, context);
  const study = state.studies.get(id);
  if (study === undefined) return null;
  const orders = linkedOrders(state, study).map((order) => ({ order, view: orderView(state, order) }));
  const views = orders.map(({ view }) => view);
  const reading = readingOf(state, study, views) ?? unreadable(state, study);
  if (reading === null) return projectExpectedStudy(state, study, orders, context);
  const leavesAt = reading.doneAt === null ? null : reading.doneAt.observedAt + doneFor;
  if (leavesAt !== null && leavesAt <= context.now) return null;
  const known = {
    study,
    orders,
    views,
    runs: runsOf(study),
    patient: patientShown(state, study, views),
    attributes: studyAttributes(study, views),
    reading,
  };
  return project(state, known, placeOf(state, known, context), leavesAt, context);
}

/** A study of which only a message is known that cannot be read has its place from then on. */
function unreadable(state: WorklistState, study: StudyEntity): Reading | null {
  const mark = parkedMark(state, study);
  if (mark === null) return null;
  const begunAt: Stamp = { observedAt: mark.at, ingestId: '', seq: 0 };
  return { begunAt, before: null, doneAt: null, lastDoneAt: null };
}

function project(
  state: WorklistState,
  known: Known,
  place: Place,
  leavesAt: EpochMs | null,
  context: ProjectionContext,
): Projection {
  const { study, orders, views, patient, reading } = known;
  const { now } = context;
  const conflicts = conflictsOf(state, study, patient);
  const row = rowOf(state, known, place, conflicts, context);
  const member = memberOf(reading.begunAt.observedAt, study.id);
  const document: StudyDocument = {
    row,
    key: { score: place.winner.score, member },
    baseKey: { score: place.base.score, member },
    searchTokens: context.searchTokens(study.site, {
      name: patient.name,
      patientId: patient.id,
      accessionNumbers: row.accessionNumbers,
      birthDate: patient.birthDate,
    }),
    detail: {
      orders: orderDetails(orders),
      series: seriesDetails(study),
      runs: runDetails(study, known.runs),
      expectedRuns: expectedDetails(study),
      reports: reportDetails(orders),
      clocks: {
        firstObservedAt: reading.begunAt.observedAt,
        imagesCompleteAt: row.imagesCompleteAt,
        firstRunReceivedAt: firstRun(study)?.stamp.observedAt ?? null,
        dueAt: row.dueAt,
        maxWaitAt: row.maxWaitAt,
        readAt: reading.lastDoneAt?.observedAt ?? null,
      },
      consultPaths: [],
      conflicts,
    },
    timeline: timelineOf(state, study, study.site, views, patient.facts, reading.begunAt),
  };
  const held = heldUntil(study, reading.lastDoneAt, now);
  const due = reading.doneAt === null ? place.winner.dueAt : null;
  return { document, changesAt: nextOf(now, [due, row.claim?.until ?? null, held, leavesAt]) };
}

function rowOf(
  state: WorklistState,
  known: Known,
  place: Place,
  conflicts: Detail['conflicts'],
  context: ProjectionContext,
): StudyDocument['row'] {
  const { study, views, patient, attributes, reading, runs } = known;
  const ordered = views.filter((view) => view.known);
  const current = ordered.some(isOpen) ? ordered.filter(isOpen) : ordered;
  const settled = settledOf(study);
  const named = ordered.flatMap((view) => view.accessionNumbers);
  const ai = aiDisplays(state, study, runs, place.protocol, context);
  return {
    site: study.site,
    list: reading.doneAt === null ? 'reading' : 'done',
    studyId: study.id,
    studyInstanceUid: study.uid,
    accessionNumbers: [...new Set([...ownAccessionNumbers(study), ...named])].filter((number) => number !== '').sort(),
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
    location: place.visit.location || null,
    patientClass: patientClassOf(place.visit.patientClass),
    orderPriority: mostUrgent(current.map((view) => view.priority)),
    urgencyClass: place.winner.class,
    band: place.winner.band,
    dueAt: place.winner.dueAt,
    maxWaitAt: place.maxWaitAt,
    reasons: withNotes(place.reasons, aiNotes(state, { study, runs, ai, place, reading })),
    ai: [...ai],
    claim: claimOf(study, reading.lastDoneAt, context.now),
    settled: settled === null ? null : { version: settled.version, by: settled.by },
    imagesCompleteAt: settled?.imagesCompleteAt ?? null,
    receivedAt: reading.begunAt.observedAt,
    flags: flagsOf(state, known, place, conflicts, context),
    policyHash: place.winner.protocol.hash,
  };
}

const isOpen = (view: OrderView): boolean => view.cancelledAt === null;
function flagsOf(
  state: WorklistState,
  { study, orders, views, patient, reading }: Known,
  place: Place,
  conflicts: Detail['conflicts'],
  { now }: ProjectionContext,
): StudyDocument['row']['flags'] {
  const timeZone = timeZoneOf(place.protocol, study.site);
  const entities = orders.map(({ order }) => order);
  const unprocessed = isUnprocessed(
    state,
    study,
    entities,
    patient.facts.map(({ key }) => key),
  );
  const flags = {
    unscored: place.unscored,
    unprocessed,
    conflict: conflicts.length > 0,
    'images-not-received': study.series.size === 0,
    'clock-skew': hasClockSkew(study.series.values(), views, reading.begunAt.observedAt, timeZone),
    'order-cancelled': views.some((view) => view.cancelledAt !== null),
    overdue: reading.doneAt === null && place.winner.dueAt <= now,
    held: heldUntil(study, reading.lastDoneAt, now) !== null,
  };
  return (Object.keys(flags) as (keyof typeof flags)[]).filter((name) => flags[name]);
}
