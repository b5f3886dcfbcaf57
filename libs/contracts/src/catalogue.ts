import type { z } from 'zod';
import type { Event } from './envelope.ts';
import * as alerts from './events/alerts.ts';
import { evidenceReceivedSchema } from './events/evidence.ts';
import {
  detectorStateChangedSchema,
  operationClearedSchema,
  operationRaisedSchema,
  policyActivatedSchema,
} from './events/governance.ts';
import {
  imagesAnnouncedSchema,
  seriesObservedSchema,
  studyConflictedSchema,
  studySettledSchema,
} from './events/imaging.ts';
import { orderCancelledSchema, orderSchema, reportIssuedSchema } from './events/orders.ts';
import {
  patientMergedSchema,
  patientUnmergedSchema,
  patientUpdatedSchema,
  visitChangedSchema,
} from './events/patients.ts';
import * as reading from './events/reading.ts';
import { runExpectedSchema, runOverdueSchema, runRecordedSchema, runWithdrawnSchema } from './events/results.ts';

/** Every event type that is written today, with the schema of its data in the current version. */
export const catalogue = {
  'series.observed': seriesObservedSchema,
  'images.announced': imagesAnnouncedSchema,
  'study.conflicted': studyConflictedSchema,
  'study.settled': studySettledSchema,
  'evidence.received': evidenceReceivedSchema,
  'order.placed': orderSchema,
  'order.changed': orderSchema,
  'order.cancelled': orderCancelledSchema,
  'report.issued': reportIssuedSchema,
  'patient.updated': patientUpdatedSchema,
  'patient.merged': patientMergedSchema,
  'patient.unmerged': patientUnmergedSchema,
  'visit.changed': visitChangedSchema,
  'run.recorded': runRecordedSchema,
  'run.withdrawn': runWithdrawnSchema,
  'run.expected': runExpectedSchema,
  'run.overdue': runOverdueSchema,
  'study.claimed': reading.studyClaimedSchema,
  'study.released': reading.studyReleasedSchema,
  'study.raised': reading.studyRaisedSchema,
  'study.held': reading.studyHeldSchema,
  'study.read': reading.studyReadSchema,
  'verdict.given': reading.verdictGivenSchema,
  'alert.raised': alerts.alertRaisedSchema,
  'alert.updated': alerts.alertUpdatedSchema,
  'alert.superseded': alerts.alertSupersededSchema,
  'alert.recalled': alerts.alertRecalledSchema,
  'alert.escalated': alerts.alertEscalatedSchema,
  'alert.fallback-reached': alerts.alertFallbackReachedSchema,
  'alert.closed': alerts.alertClosedSchema,
  'alert.acknowledged': alerts.alertAcknowledgedSchema,
  'alert.declined': alerts.alertDeclinedSchema,
  'alert.handed-over': alerts.alertHandedOverSchema,
  'page.sent': alerts.pageSentSchema,
  'page.failed': alerts.pageFailedSchema,
  'page.received': alerts.pageReceivedSchema,
  'policy.activated': policyActivatedSchema,
  'detector.state-changed': detectorStateChangedSchema,
  'operation.raised': operationRaisedSchema,
  'operation.cleared': operationClearedSchema,
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof catalogue;
export type EventData<T extends EventType> = z.infer<(typeof catalogue)[T]>;
export type EventOf<T extends EventType> = T extends EventType ? Event<T, EventData<T>> : never;
/** Any event of the catalogue, told apart by `type`. */
export type KnownEvent = { [T in EventType]: Event<T, EventData<T>> }[EventType];

export const eventTypes = Object.keys(catalogue) as EventType[];
