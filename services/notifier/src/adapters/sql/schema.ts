import type { AlertStateName, Contribution } from '../../domain/alert.ts';

/** Tables of the notifier. Instants are epoch milliseconds, flags 0/1, `*_json` and `document` JSON text. */
export type NotifierSchema = {
  /** What is known of a study; `patient_key` and `visit_key` are those in force after linking. */
  notifier_study: {
    study_id: string;
    site: string;
    first_at: number | null;
    images_complete_at: number | null;
    /** The latest reading by a radiologist. */
    read_at: number | null;
    patient_key: string | null;
    visit_key: string | null;
    document: string;
  };
  notifier_order: {
    order_key: string;
    site: string;
    study_id: string | null;
    patient_key: string | null;
    visit_key: string | null;
    /** `order_key` of the same order under its placer number alone, where it names one and has a filler number too. */
    placer_key: string | null;
    /** The last word on whether a report ends the reading: `{ ends, stamp }`. */
    report_json: string | null;
    document: string;
  };
  /** Opaque accession number to the studies and orders that carry it. */
  notifier_accession: { accession_key: string; kind: 'study' | 'order'; entity: string };
  /** `into_key`: the patient that this one stands for, as `notifier_merge` tells. */
  notifier_patient: { patient_key: string; into_key: string | null; document: string };
  /** Every merge and, with `undone` 1, every undoing that was told, with its stamp. */
  notifier_merge: {
    prior_key: string;
    survivor_key: string;
    undone: number;
    observed_at: number;
    ingest_id: string;
    seq: number;
  };
  notifier_visit: {
    visit_key: string;
    site: string;
    patient_key: string;
    first_at: number;
    last_at: number;
    document: string;
  };
  notifier_run: {
    study_id: string;
    result_id: string;
    detector: string | null;
    received_at: number | null;
    /** When the detector says that it made the run. */
    produced_at: number | null;
    stamp_json: string | null;
    status: string | null;
    shadow: number;
    replaces: string | null;
    findings_json: string;
    /** 1 when a finding is positive: only then can the run raise an alert. */
    positive: number;
    withdrawn: number;
  };
  notifier_awaited: {
    study_id: string;
    detector: string;
    study_version: number;
    late: number;
    findings_json: string;
    due_at: number;
  };
  notifier_verdict: {
    study_id: string;
    result_id: string;
    finding: string;
    verdict: string;
    stamp_json: string;
  };
  notifier_alert: AlertTable;
  /** A positive finding that belongs to an alert; one alert per team for each. `state`: see `Contribution`. */
  notifier_contribution: {
    team: string;
    study_id: string;
    result_id: string;
    finding: string;
    alert_id: string;
    detector: string;
    severity: string | null;
    route_severity: string;
    location: string | null;
    received_at: number;
    state: Contribution['state'];
  };
  notifier_step: {
    alert_id: string;
    step_index: number;
    kind: 'step' | 'person' | 'fallback';
    due_at: number;
    roles_json: string;
    person: string | null;
    channels_json: string;
    state: 'pending' | 'sent' | 'skipped' | 'stopped';
    targets_json: string;
    /** W3C trace context of the decision that planned it. */
    traceparent: string | null;
  };
  notifier_page: PageTable;
  /** Human acts, for idempotence and the record. */
  notifier_act: { alert_id: string; sequence: number; act: string; by_name: string; at: number; detail: string | null };
};

export type AlertTable = {
  alert_id: string;
  site: string;
  team: string;
  page_word: string;
  state: AlertStateName;
  severity: string;
  episode: string;
  studies_json: string;
  findings_json: string;
  /** Steps and fallback as they were when the alert was raised. */
  policy_json: string;
  raised_at: number;
  run_received_at: number;
  images_complete_at: number | null;
  first_page_accepted_at: number | null;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
  handed_to: string | null;
  fallback_at: number;
  superseded_by: string | null;
  closed_reason: string | null;
  revision: number;
};

/** `kind`: what is told. `page` asks somebody to act and stops with an acknowledgement; the others tell those who were paged before. */
export type PageKind = 'page' | 'recall' | 'update' | 'superseded';

export type PageTable = {
  /** Deterministic; also the idempotency key that the provider sees. */
  page_id: string;
  alert_id: string;
  step_index: number;
  recipient: string;
  channel: string;
  kind: PageKind;
  /** Revision of the alert that the news is about; for a page of a step 0, or 1 when it was made before the step's time. */
  round: number;
  state: 'due' | 'sending' | 'sent' | 'failed' | 'stopped';
  due_at: number;
  attempts: number;
  /** 1 once an attempt ended without a refusal: the page may have arrived although nobody confirmed it. */
  may_have_arrived: number;
  first_attempt_at: number | null;
  lease_until: number | null;
  accepted_at: number | null;
  received_at: number | null;
  error_code: string | null;
  /** W3C trace context of what caused it; the sender goes on with it. */
  traceparent: string | null;
};
