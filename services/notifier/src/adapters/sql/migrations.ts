import type { Migrations } from '@voorrang/sql';
import { sql } from 'kysely';
import { mergesFromDocuments } from './fold-merges.ts';

const statements = [
  `create table notifier_study (study_id text primary key, site text not null, first_at bigint, images_complete_at bigint,
    patient_key text, visit_key text, document text not null)`,
  'create index notifier_study_patient on notifier_study (patient_key)',
  'create index notifier_study_visit on notifier_study (visit_key)',
  `create table notifier_order (order_key text primary key, site text not null, study_id text, patient_key text, visit_key text,
    document text not null)`,
  'create index notifier_order_study on notifier_order (study_id)',
  `create table notifier_accession (accession_key text not null, kind text not null, entity text not null,
    primary key (accession_key, kind, entity))`,
  'create index notifier_accession_entity on notifier_accession (entity)',
  'create table notifier_patient (patient_key text primary key, into_key text, document text not null)',
  'create index notifier_patient_into on notifier_patient (into_key)',
  `create table notifier_visit (visit_key text primary key, site text not null, patient_key text not null, first_at bigint not null,
    last_at bigint not null, document text not null)`,
  'create index notifier_visit_patient on notifier_visit (patient_key)',
  `create table notifier_run (study_id text not null, result_id text not null, detector text, received_at bigint, stamp_json text, status text,
    shadow integer not null, replaces text, findings_json text not null, positive integer not null,
    withdrawn integer not null, primary key (study_id, result_id))`,
  `create table notifier_awaited (study_id text not null, detector text not null, study_version integer not null, late integer not null,
    findings_json text not null, due_at bigint not null, primary key (study_id, detector))`,
  `create table notifier_verdict (study_id text not null, result_id text not null, finding text not null, verdict text not null,
    stamp_json text not null, primary key (study_id, result_id, finding))`,
  `create table notifier_alert (alert_id text primary key, site text not null, team text not null, page_word text not null,
    state text not null, severity text not null, episode text not null, studies_json text not null, findings_json text not null,
    policy_json text not null, raised_at bigint not null, run_received_at bigint not null, images_complete_at bigint,
    first_page_accepted_at bigint, acknowledged_at bigint, acknowledged_by text, handed_to text, fallback_at bigint not null,
    superseded_by text, closed_reason text, revision integer not null)`,
  'create index notifier_alert_raised on notifier_alert (raised_at)',
  `create table notifier_contribution (team text not null, study_id text not null, result_id text not null, finding text not null,
    alert_id text not null, detector text not null, severity text, route_severity text not null, location text,
    received_at bigint not null, state text not null, primary key (team, study_id, result_id, finding))`,
  'create index notifier_contribution_alert on notifier_contribution (alert_id)',
  `create table notifier_step (alert_id text not null, step_index integer not null, kind text not null, due_at bigint not null,
    roles_json text not null, person text, channels_json text not null, state text not null, targets_json text not null, traceparent text,
    primary key (alert_id, step_index))`,
  'create index notifier_step_due on notifier_step (state, due_at)',
  `create table notifier_page (page_id text primary key, alert_id text not null, step_index integer not null, recipient text not null,
    channel text not null, kind text not null, round integer not null, state text not null, due_at bigint not null,
    attempts integer not null, may_have_arrived integer not null, first_attempt_at bigint, lease_until bigint, accepted_at bigint,
    received_at bigint, error_code text, traceparent text)`,
  'create index notifier_page_alert on notifier_page (alert_id)',
  'create index notifier_page_due on notifier_page (state, due_at)',
  `create table notifier_act (alert_id text not null, sequence integer not null, act text not null, by_name text not null,
    at bigint not null, detail text, primary key (alert_id, sequence))`,
];

const second = [
  `create table notifier_merge (prior_key text not null, survivor_key text not null, undone integer not null,
    observed_at bigint not null, ingest_id text not null, seq bigint not null,
    primary key (prior_key, survivor_key, undone, observed_at, ingest_id, seq))`,
  'create index notifier_merge_survivor on notifier_merge (survivor_key)',
  'alter table notifier_run add column produced_at bigint',
  'alter table notifier_order add column placer_key text',
  'alter table notifier_order add column report_json text',
  'create index notifier_order_placer on notifier_order (placer_key)',
  'alter table notifier_study add column read_at bigint',
  'create index notifier_study_first on notifier_study (first_at)',
];

export const notifierMigrations: Migrations = {
  '0001-notifier': {
    up: async (db) => {
      for (const statement of statements) await sql.raw(statement).execute(db);
    },
  },
  '0002-merges-placers-ages': {
    up: async (db) => {
      for (const statement of second) await sql.raw(statement).execute(db);
      await mergesFromDocuments(db);
    },
  },
};
