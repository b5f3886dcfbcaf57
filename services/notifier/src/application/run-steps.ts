import { type EpochMs, seconds } from '@voorrang/kernel';
import { withSpan } from '@voorrang/platform';
import type { ChannelKind } from '@voorrang/protocol';
import { alertRow, tell } from '../adapters/sql/alert-store.ts';
import { jsonOf } from '../adapters/sql/rows.ts';
import type { AlertTable, NotifierSchema, PageTable } from '../adapters/sql/schema.ts';
import { isEscalating } from '../domain/alert.ts';
import { inTransaction } from './in-transaction.ts';
import type { Notifier, Work } from './ports.ts';
import { type Target, targetsOf } from './rota.ts';
import { insertPage } from './tell-paged.ts';
import type { UnreachedSteps } from './unreached-steps.ts';

type StepRow = NotifierSchema['notifier_step'];

/** Round of the pages of a step that were made before its time; those of the step itself have 0. */
const earlyRound = 1;
const unreachableFallbackMs = seconds(60);

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
export async function runDueSteps(notifier: Notifier, unreached: UnreachedSteps, now: EpochMs): Promise<void> {
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
    const alert = await withSpan(
      'alert.step',
      { parent: traceparent ?? undefined, attributes: { step: step_index } },
      () => inTransaction(notifier, (work) => takeStep(notifier, work, alert_id, step_index), traceparent),
    );
    if (alert !== undefined) unreached.note({ id: alert_id, site: alert.site, team: alert.team, step: step_index });
    notifier.nudge();
  }
}

/** Gives the alert when the step reaches nobody. */
async function takeStep(
  notifier: Notifier,
  work: Work,
  alertId: string,
  index: number,
): Promise<AlertTable | undefined> {
  const step = await pendingStep(work, alertId, index);
  const alert = await alertRow(work.trx, alertId);
  if (step === undefined || alert === undefined) return undefined;
  if (!isEscalating(alert.state)) {
    await finishStep(work, step, 'stopped', []);
    return undefined;
  }
  const targets = targetsOfStep(notifier, work, alert, step);
  if (step.kind === 'fallback' && targets.length === 0) await postpone(work, step);
  else await finishStep(work, step, targets.length > 0 ? 'sent' : 'skipped', targets);
  await stopEarlyTries(work, step);
  for (const target of targets) await pageTarget(work, step, target, 0);
  if (step.kind !== 'fallback' && targets.length === 0) {
    // Nobody on call, or nobody with an address: waiting out the delay would only lose time.
    await advanceNextStep(work, alertId);
  }
  if (index > 0 && step.kind === 'step') tell(work, alert, 'alert.escalated', { stepIndex: index, by: null });
  return targets.length === 0 ? alert : undefined;
}

const targetsOfStep = (notifier: Notifier, work: Work, alert: AlertTable, step: StepRow): readonly Target[] =>
  targetsOf(
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

/** A fallback that has nobody is asked for again: it is the last thing that an alert has. */
async function postpone({ trx, now }: Work, step: StepRow): Promise<void> {
  await trx
    .updateTable('notifier_step')
    .set({ due_at: now + unreachableFallbackMs })
    .where('alert_id', '=', step.alert_id)
    .where('step_index', '=', step.step_index)
    .execute();
}

/** The step itself takes over from tries of it that were made before its time. */
async function stopEarlyTries({ trx }: Work, step: StepRow): Promise<void> {
  await trx
    .updateTable('notifier_page')
    .set({ state: 'stopped' })
    .where('alert_id', '=', step.alert_id)
    .where('step_index', '=', step.step_index)
    .where('kind', '=', 'page')
    .where('round', '=', earlyRound)
    .where('state', '=', 'due')
    .execute();
}

/**
 * Nothing of a step reached anybody: those of the next one that has somebody are paged now as well, once. That step and all others still come at
 * their time, because a provider that is away for some minutes must not use up the ladder.
 */
export async function tryNextStepEarly(notifier: Notifier, work: Work, failed: PageTable): Promise<void> {
  const alert = await alertRow(work.trx, failed.alert_id);
  if (alert === undefined) return;
  const later = await work.trx
    .selectFrom('notifier_step')
    .selectAll()
    .where('alert_id', '=', failed.alert_id)
    .where('step_index', '>', failed.step_index)
    .where('state', '=', 'pending')
    .orderBy('step_index')
    .execute();
  for (const step of later) {
    const targets = targetsOfStep(notifier, work, alert, step);
    for (const target of targets) await pageTarget(work, step, target, earlyRound);
    if (targets.length > 0) return;
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

async function pageTarget(work: Work, step: StepRow, { person, channels }: Target, round: number): Promise<void> {
  for (const channel of channels) {
    const page = { alertId: step.alert_id, stepIndex: step.step_index, recipient: person, channel };
    await insertPage(work, { ...page, kind: 'page', round });
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
