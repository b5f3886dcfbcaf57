import type { Alert, Severity } from '@voorrang/contracts';
import { VoorrangError } from '@voorrang/kernel';
import { jsonOf } from '../adapters/sql/rows.ts';
import type { AlertTable } from '../adapters/sql/schema.ts';
import type { AlertFinding, AlertStateName } from '../domain/alert.ts';
import type { Notifier } from './ports.ts';

export type AlertQuery = {
  readonly state?: AlertStateName | undefined;
  readonly team?: string | undefined;
  readonly site?: string | undefined;
  readonly limit: number;
  readonly cursor?: { readonly raisedAt: number; readonly id: string } | undefined;
};

/** Alerts as people see them, newest first. */
export async function listAlerts({ database }: Notifier, query: AlertQuery): Promise<readonly Alert[]> {
  let select = database.query.selectFrom('notifier_alert').selectAll();
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  if (query.team !== undefined) select = select.where('team', '=', query.team);
  if (query.site !== undefined) select = select.where('site', '=', query.site);
  const { cursor } = query;
  if (cursor !== undefined) {
    select = select.where((where) =>
      where.or([
        where('raised_at', '<', cursor.raisedAt),
        where.and([where('raised_at', '=', cursor.raisedAt), where('alert_id', '>', cursor.id)]),
      ]),
    );
  }
  const rows = await select.orderBy('raised_at', 'desc').orderBy('alert_id').limit(query.limit).execute();
  return Promise.all(rows.map((row) => alertOf(database, row)));
}

/** Throws `VRG_ALERT_UNKNOWN`. */
export async function showAlert({ database }: Notifier, alertId: string): Promise<Alert> {
  const row = await database.query
    .selectFrom('notifier_alert')
    .selectAll()
    .where('alert_id', '=', alertId)
    .executeTakeFirst();
  if (row === undefined) throw new VoorrangError('VRG_ALERT_UNKNOWN');
  return alertOf(database, row);
}

async function alertOf(database: Notifier['database'], row: AlertTable): Promise<Alert> {
  const steps = await database.query
    .selectFrom('notifier_step')
    .selectAll()
    .where('alert_id', '=', row.alert_id)
    .where('kind', '!=', 'fallback')
    .orderBy('step_index')
    .execute();
  const pages = await database.query
    .selectFrom('notifier_page')
    .selectAll()
    .where('alert_id', '=', row.alert_id)
    .orderBy('first_attempt_at')
    .orderBy('page_id')
    .execute();
  return {
    id: row.alert_id,
    state: row.state,
    site: row.site,
    team: row.team,
    severity: row.severity as Severity,
    studies: jsonOf<string[]>(row.studies_json),
    findings: jsonOf<AlertFinding[]>(row.findings_json).map(({ studyId: _, ...finding }) => finding),
    raisedAt: row.raised_at,
    steps: steps.map((step) => ({
      index: step.step_index,
      dueAt: step.due_at,
      state: step.state,
      targets: jsonOf<string[]>(step.targets_json),
    })),
    pages: pages.map((page) => ({
      stepIndex: page.step_index,
      channel: page.channel,
      recipient: page.recipient,
      state: page.state,
      sentAt: page.first_attempt_at,
      acceptedAt: page.accepted_at,
      receivedAt: page.received_at,
    })),
    clocks: {
      imagesCompleteAt: row.images_complete_at,
      runReceivedAt: row.run_received_at,
      firstPageAcceptedAt: row.first_page_accepted_at,
      acknowledgedAt: row.acknowledged_at,
    },
    acknowledgedBy: row.acknowledged_by,
    fallbackAt: row.fallback_at,
    supersededBy: row.superseded_by,
    revision: row.revision,
  };
}
