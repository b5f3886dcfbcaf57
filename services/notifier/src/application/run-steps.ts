import type { EpochMs } from '@voorrang/kernel';
import { withSpan } from '@voorrang/platform';
import type { ChannelKind } from '@voorrang/protocol';
import { alertRow, tell, updateAlert } from '../adapters/sql/alert-store.ts';
import { jsonOf } from '../adapters/sql/rows.ts';
import type { NotifierSchema } from '../adapters/sql/schema.ts';
import { isEscalating } from '../domain/alert.ts';
import { inTransaction } from './in-transaction.ts';
import type { Notifier, Work } from './ports.ts';
import { type Target, targetsOf } from './rota.ts';
import { insertPage } from './tell-paged.ts';

type StepRow = NotifierSchema['notifier_step'];

/** When the next step of any alert is due. */
export async function nextStepDueAt({ database }: Notifier): Promise<EpochMs | undefined> {
  const row = await database.query
    .selectFrom('notifier_step')
    .select(({ fn }) => fn.min('due_at').as('due'))
    .where('state', '=', 'pending')
    .executeTakeFirst();
  return row?.due ?? undefined;
}

/** Takes every step that is due, each in its own transaction: a step is taken once, whoever takes it. */
export async function runDueSteps(notifier: Notifier, now: EpochMs): Promise<void> {
  const due = await notifier.database.query
    .selectFrom('notifier_step')
    .select(['alert_id', 'step_index', 'traceparent'])
    .where('state', '=', 'pending')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('alert_id')
    .orderBy('step_index')
    .limit(50)
    .execute();
  for (const { alert_id, step_index, traceparent } of due) {
    await withSpan('alert.step', { parent: traceparent ?? undefined, attributes: { step: step_index } }, () =>
      inTransaction(notifier, (work) => takeStep(notifier, work, alert_id, step_index), traceparent),
    );
    notifier.nudge();
  }
}

async function takeStep(notifier: Notifier, work: Work, alertId: string, index: number): Promise<void> {
  const step = await pendingStep(work, alertId, index);
  const alert = await alertRow(work.trx, alertId);
  if (step === undefined || alert === undefined) return;
  if (!isEscalating(alert.state)) return finishStep(work, step, 'stopped', []);
  const targets = targetsOf(
    work.protocol,
    notifier.channels,
    {
      site: alert.site,
      team: alert.team,
      roles: jsonOf<string[]>(step.roles_json),
      person: step.person,
      channels: jsonOf<ChannelKind[]>(step.channels_json),
    },
    work.now,
  );
  await finishStep(work, step, targets.length > 0 ? 'sent' : 'skipped', targets);
  for (const target of targets) await pageTarget(work, step, target);
  if (step.kind === 'fallback') {
    const reached = await updateAlert(work.trx, alert, { state: 'fallback-reached', fallback_at: step.due_at });
    tell(work, reached, 'alert.fallback-reached', { deadlineAt: step.due_at });
  } else if (targets.length === 0) {
    // Nobody on call, or nobody with an address: waiting out the delay would only lose time.
    await advanceNextStep(work, alertId);
  }
  if (index > 0 && step.kind === 'step') tell(work, alert, 'alert.escalated', { stepIndex: index, by: null });
  if (targets.length === 0) {
    notifier.logger.error('a step of an alert reaches nobody', undefined, {
      alert: alertId,
      step: index,
      team: alert.team,
    });
  }
}

const pendingStep = ({ trx }: Work, alertId: string, index: number): Promise<StepRow | undefined> =>
  trx
    .selectFrom('notifier_step')
    .selectAll()
    .where('alert_id', '=', alertId)
    .where('step_index', '=', index)
    .where('state', '=', 'pending')
    .executeTakeFirst();

async function finishStep(
  { trx }: Work,
  step: StepRow,
  state: StepRow['state'],
  targets: readonly Target[],
): Promise<void> {
  await trx
    .updateTable('notifier_step')
    .set({ state, targets_json: JSON.stringify(targets.map(({ person }) => person)) })
    .where('alert_id', '=', step.alert_id)
    .where('step_index', '=', step.step_index)
    .execute();
}

async function pageTarget(work: Work, step: StepRow, { person, channels }: Target): Promise<void> {
  for (const channel of channels) {
    const page = { alertId: step.alert_id, stepIndex: step.step_index, recipient: person, channel };
    await insertPage(work, { ...page, kind: 'page', round: 0 });
  }
}

/** Makes the next step due at once; gives its index. */
export async function advanceNextStep({ trx, now }: Work, alertId: string): Promise<number | undefined> {
  const next = await trx
    .selectFrom('notifier_step')
    .select(['step_index', 'due_at'])
    .where('alert_id', '=', alertId)
    .where('state', '=', 'pending')
    .orderBy('step_index')
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) return undefined;
  if (next.due_at > now) {
    await trx
      .updateTable('notifier_step')
      .set({ due_at: now })
      .where('alert_id', '=', alertId)
      .where('step_index', '=', next.step_index)
      .execute();
  }
  return next.step_index;
}
