import type { NewEvent, Severity } from '@voorrang/contracts';
import type { Trx, Work } from '../../application/ports.ts';
import type { AlertFacts, AlertFinding, Contribution } from '../../domain/alert.ts';
import type { PlannedStep } from '../../domain/plan-steps.ts';
import { jsonOf } from './rows.ts';
import type { AlertTable, NotifierSchema } from './schema.ts';

export const alertRow = (trx: Trx, alertId: string): Promise<AlertTable | undefined> =>
  trx.selectFrom('notifier_alert').selectAll().where('alert_id', '=', alertId).executeTakeFirst();

/** Data that every event of an alert carries. */
export const alertData = (row: AlertTable) => ({
  alertId: row.alert_id,
  team: row.team,
  severity: row.severity as Severity,
  episode: row.episode,
  studies: jsonOf<string[]>(row.studies_json),
  findings: jsonOf<AlertFinding[]>(row.findings_json).map(({ finding, outcome, severity, location }) => ({
    finding,
    outcome,
    severity,
    location,
  })),
  state: row.state,
});

/** Tells what became of an alert: into the outbox with the transaction at hand. */
export function tell(work: Work, row: AlertTable, type: string, more: Readonly<Record<string, unknown>> = {}): void {
  const event: NewEvent = {
    type,
    source: '/notifier',
    site: row.site,
    key: row.alert_id,
    ...(work.traceparent === undefined ? {} : { traceparent: work.traceparent }),
    data: { ...alertData(row), ...more },
  };
  work.events.push(event);
}

/** Changes columns and the revision; gives the row as it is now. */
export async function updateAlert(trx: Trx, row: AlertTable, change: Partial<AlertTable>): Promise<AlertTable> {
  const next = { ...row, ...change, revision: row.revision + 1 };
  await trx
    .updateTable('notifier_alert')
    .set({ ...change, revision: next.revision })
    .where('alert_id', '=', row.alert_id)
    .execute();
  return next;
}

const contributionOf = (row: NotifierSchema['notifier_contribution']): Contribution => ({
  studyId: row.study_id,
  resultId: row.result_id,
  finding: row.finding,
  detector: row.detector,
  severity: row.severity as Severity | null,
  routeSeverity: row.route_severity as Severity,
  location: row.location,
  receivedAt: row.received_at,
  state: row.state,
});

export async function contributionsOf(
  trx: Trx,
  alertIds: readonly string[],
): Promise<ReadonlyMap<string, Contribution[]>> {
  const map = new Map<string, Contribution[]>();
  if (alertIds.length === 0) return map;
  const rows = await trx
    .selectFrom('notifier_contribution')
    .selectAll()
    .where('alert_id', 'in', [...alertIds])
    .orderBy('received_at')
    .execute();
  for (const row of rows) map.set(row.alert_id, [...(map.get(row.alert_id) ?? []), contributionOf(row)]);
  return map;
}

/** Alerts of all teams, in any state, that a finding of these studies belongs to. */
export async function alertsOfStudies(trx: Trx, studies: readonly string[]): Promise<readonly AlertTable[]> {
  if (studies.length === 0) return [];
  return trx
    .selectFrom('notifier_alert')
    .selectAll()
    .where(
      'alert_id',
      'in',
      trx
        .selectFrom('notifier_contribution')
        .select('alert_id')
        .where('study_id', 'in', [...studies]),
    )
    .execute();
}

export const alertFacts = (row: AlertTable, contributions: readonly Contribution[]): AlertFacts => ({
  id: row.alert_id,
  state: row.state,
  raisedAt: row.raised_at,
  contributions,
});

/** Records that these findings belong to an alert; one that stands again after its alert was recalled moves here. */
export async function addContributions(
  trx: Trx,
  team: string,
  alertId: string,
  contributions: readonly Contribution[],
): Promise<void> {
  if (contributions.length === 0) return;
  await trx
    .insertInto('notifier_contribution')
    .values(
      contributions.map((c) => ({
        team,
        study_id: c.studyId,
        result_id: c.resultId,
        finding: c.finding,
        alert_id: alertId,
        detector: c.detector,
        severity: c.severity,
        route_severity: c.routeSeverity,
        location: c.location,
        received_at: c.receivedAt,
        state: c.state,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['team', 'study_id', 'result_id', 'finding'])
        .doUpdateSet((row) => ({ alert_id: row.ref('excluded.alert_id'), state: row.ref('excluded.state') })),
    )
    .execute();
}

export async function setContributionState(trx: Trx, team: string, c: Contribution): Promise<void> {
  await trx
    .updateTable('notifier_contribution')
    .set({ state: c.state })
    .where('team', '=', team)
    .where('study_id', '=', c.studyId)
    .where('result_id', '=', c.resultId)
    .where('finding', '=', c.finding)
    .execute();
}

export async function insertSteps(
  { trx, traceparent }: Work,
  alertId: string,
  steps: readonly PlannedStep[],
): Promise<void> {
  await trx
    .insertInto('notifier_step')
    .values(
      steps.map((step) => ({
        alert_id: alertId,
        step_index: step.index,
        kind: step.kind,
        due_at: step.dueAt,
        roles_json: JSON.stringify(step.roles),
        person: step.person,
        channels_json: JSON.stringify(step.channels),
        state: 'pending' as const,
        targets_json: '[]',
        traceparent: traceparent ?? null,
      })),
    )
    .execute();
}

/** No further step, and no page that is not on its way. */
export async function stopEscalation(trx: Trx, alertId: string): Promise<void> {
  await trx
    .updateTable('notifier_step')
    .set({ state: 'stopped' })
    .where('alert_id', '=', alertId)
    .where('state', '=', 'pending')
    .execute();
  await trx
    .updateTable('notifier_page')
    .set({ state: 'stopped' })
    .where('alert_id', '=', alertId)
    .where('kind', '=', 'page')
    .where('state', '=', 'due')
    .execute();
}
