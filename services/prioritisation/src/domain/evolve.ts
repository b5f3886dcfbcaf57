import type { KnownEvent } from '@voorrang/contracts';
import { assertNever } from '@voorrang/kernel';
import { evolveAnnounced } from './evolve-announced.ts';
import { evolveAlert, evolveDetectorState, evolvePolicy } from './evolve-governance.ts';
import { evolveSeries } from './evolve-imaging.ts';
import { evolveOrder } from './evolve-orders.ts';
import { evolvePatient } from './evolve-patients.ts';
import { evolveConflict, evolveResult, evolveStudyFact } from './evolve-study-facts.ts';
import type { WorklistState } from './state.ts';

/**
 * Adds one fact to the state, in place, and tells the ids of the documents that may look different now (`affected`, added to).
 * The state is a function of the set of facts: any order, any duplication.
 */
export function evolve(state: WorklistState, event: KnownEvent, affected: Set<string>): void {
  switch (event.type) {
    case 'series.observed':
      evolveSeries(state, event, affected);
      return;
    case 'run.recorded':
    case 'run.expected':
    case 'run.overdue':
    case 'run.withdrawn':
      evolveResult(state, event, affected);
      return;
    case 'study.settled':
    case 'evidence.received':
    case 'study.claimed':
    case 'study.released':
    case 'study.raised':
    case 'study.held':
    case 'study.read':
    case 'verdict.given':
      evolveStudyFact(state, event, affected);
      return;
    case 'order.placed':
    case 'order.changed':
    case 'order.cancelled':
    case 'report.issued':
      evolveOrder(state, event, affected);
      return;
    case 'patient.updated':
    case 'patient.merged':
    case 'patient.unmerged':
    case 'visit.changed':
      evolvePatient(state, event, affected);
      return;
    case 'policy.activated':
      evolvePolicy(state, event, affected);
      return;
    case 'detector.state-changed':
      evolveDetectorState(state, event, affected);
      return;
    case 'alert.raised':
    case 'alert.updated':
    case 'alert.superseded':
    case 'alert.recalled':
    case 'alert.escalated':
    case 'alert.fallback-reached':
    case 'alert.closed':
    case 'alert.acknowledged':
    case 'alert.declined':
    case 'alert.handed-over':
    case 'page.sent':
    case 'page.failed':
    case 'page.received':
      evolveAlert(state, event, affected);
      return;
    case 'images.announced':
      evolveAnnounced(state, event, affected);
      return;
    case 'study.conflicted':
      evolveConflict(state, event, affected);
      return;
    case 'operation.raised':
    case 'operation.cleared':
      return;
    default:
      assertNever(event);
  }
}
