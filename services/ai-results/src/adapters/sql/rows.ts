import type { Selectable } from 'kysely';
import type { Expectation, StoredRun, StudyRecord } from '../../application/ports.ts';
import type { KnownOrder, KnownStudy } from '../../domain/known-study.ts';
import type { OrderRecord } from '../../domain/order-family.ts';
import type { Schema } from './schema.ts';

export const runOf = (row: Selectable<Schema['ai_results_run']>): StoredRun => ({
  site: row.site,
  resultId: row.result_id,
  studyId: row.study_id,
  studyInstanceUid: row.study_uid,
  detector: row.detector,
  version: row.version,
  digest: row.digest,
  findings: JSON.parse(row.findings) as string[],
  shadow: row.shadow === 1,
  status: row.status,
  receivedAt: row.received_at,
  replaces: row.replaces,
  withdrawnAt: row.withdrawn_at,
});

export const studyOf = (row: Selectable<Schema['ai_results_study']>): StudyRecord => ({
  studyId: row.study_id,
  site: row.site,
  studyInstanceUid: row.study_uid,
  known: JSON.parse(row.facts) as KnownStudy,
});

export const expectationOf = (row: Selectable<Schema['ai_results_awaited']>): Expectation => ({
  studyId: row.study_id,
  detector: row.detector,
  site: row.site,
  studyInstanceUid: row.study_uid,
  studyVersion: row.study_version,
  findings: JSON.parse(row.findings) as string[],
  dueAt: row.due_at,
  since: row.since,
});

export const orderOf = (row: Selectable<Schema['ai_results_order']>): OrderRecord => ({
  orderId: row.order_id,
  placerId: row.placer_id,
  cancelled: row.cancelled === 1,
  known: JSON.parse(row.facts) as KnownOrder,
});
