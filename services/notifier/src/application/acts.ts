import { VoorrangError } from '@voorrang/kernel';
import { alertRow, insertSteps, stopEscalation, tell, updateAlert } from '../adapters/sql/alert-store.ts';
import { jsonOf } from '../adapters/sql/rows.ts';
import type { AlertTable } from '../adapters/sql/schema.ts';
import { isEscalating } from '../domain/alert.ts';
import { type LadderPolicy, planHandOver } from '../domain/plan-steps.ts';
import { nextIndex, recallAlert, reopen } from './apply-decision.ts';
import { inTransaction } from './in-transaction.ts';
import type { Notifier, Work } from './ports.ts';
import { usable } from './rota.ts';
import { advanceNextStep } from './run-steps.ts';

export type ActName = 'acknowledge' | 'decline' | 'escalate' | 'hand-over' | 'recall';

export type Act = {
  readonly alertId: string;
  /** Account name of the signed-in human. */
  readonly by: string;
  readonly note: string | null;
  /** Person of the rota, for a hand-over. */
  readonly to: string | null;
};

/** The same act of the same person within this time is the same act sent again. */
const repeatMs = 30_000;

/** What a person does with an alert. Resolves after it is durable. Throws `VRG_ALERT_UNKNOWN`, or `VRG_ALERT_STATE` when it is too late for the act. */
export async function actOn(notifier: Notifier, name: ActName, act: Act): Promise<void> {
  await inTransaction(notifier, async (work) => {
    const row = await alertRow(work.trx, act.alertId);
    if (row === undefined) throw new VoorrangError('VRG_ALERT_UNKNOWN');
    await acts[name](notifier, work, row, act);
  });
  notifier.nudge();
}

type Perform = (notifier: Notifier, work: Work, row: AlertTable, act: Act) => Promise<void>;

/** Stops further steps and unsent pages. Somebody else's acknowledgement stays: the answer shows who holds the alert. */
const acknowledge: Perform = async (_, work, row, { by, note }) => {
  if (row.state === 'acknowledged') {
    if (row.acknowledged_by !== by) await record(work, row, 'acknowledge', by, 'held by another');
    return;
  }
  requireEscalating(row);
  await stopEscalation(work.trx, row.alert_id);
  const taken = await updateAlert(work.trx, row, {
    state: 'acknowledged',
    acknowledged_at: work.now,
    acknowledged_by: by,
  });
  await record(work, row, 'acknowledge', by, note);
  tell(work, taken, 'alert.acknowledged', { by, note });
};

/** This person cannot: the next step is due now. After the last step somebody else must be asked all the same: the ladder begins again. */
const decline: Perform = async (_, work, row, { by, note }) => {
  requireEscalating(row);
  if (await isRepeated(work, row, 'decline', by)) return;
  if ((await advanceNextStep(work, row.alert_id)) === undefined) await reopen(work, row.alert_id);
  await record(work, row, 'decline', by, note);
  tell(work, row, 'alert.declined', { by, note });
};

const escalate: Perform = async (_, work, row, { by, note }) => {
  requireEscalating(row);
  if (await isRepeated(work, row, 'escalate', by)) return;
  const stepIndex = await advanceNextStep(work, row.alert_id);
  await record(work, row, 'escalate', by, note);
  if (stepIndex !== undefined) tell(work, row, 'alert.escalated', { stepIndex, by });
};

/** The named person is paged and the ladder goes on behind: an alert is handed over when that person acknowledges, not before. */
const handOver: Perform = async (notifier, work, row, { by, note, to }) => {
  if (!isEscalating(row.state) && row.state !== 'acknowledged') throw stateError(row);
  const policy = jsonOf<LadderPolicy>(row.policy_json);
  const person = to === null ? undefined : work.protocol.onCall.people[to];
  const channels = policy.steps.flatMap((step) => step.channels);
  if (person === undefined || usable(person, channels, notifier.channels).length === 0) {
    throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
      details: { problems: [{ path: 'body.to', message: 'a person of the rota who can be reached' }] },
    });
  }
  if (row.handed_to === person.id && isEscalating(row.state)) return;
  const { now, trx } = work;
  await stopEscalation(trx, row.alert_id);
  await insertSteps(work, row.alert_id, planHandOver(policy, person.id, now, await nextIndex(work, row.alert_id)));
  const handed = await updateAlert(trx, row, {
    state: 'open',
    acknowledged_at: null,
    acknowledged_by: null,
    handed_to: person.id,
    fallback_at: now + policy.fallback.afterMs,
  });
  await record(work, row, 'hand-over', by, note);
  tell(work, handed, 'alert.handed-over', { by, to: person.id, note });
};

const recall: Perform = async (_, work, row, { by, note }) => {
  if (row.state === 'recalled') return;
  if (!isEscalating(row.state) && row.state !== 'acknowledged') throw stateError(row);
  await record(work, row, 'recall', by, note);
  await recallAlert(work, row, note ?? 'recalled by a person', by);
};

const acts: Readonly<Record<ActName, Perform>> = { acknowledge, decline, escalate, 'hand-over': handOver, recall };

function requireEscalating(row: AlertTable): void {
  if (!isEscalating(row.state)) throw stateError(row);
}

const stateError = (row: AlertTable): VoorrangError =>
  new VoorrangError('VRG_ALERT_STATE', `the alert is ${row.state}`, {
    details: {
      ...(row.acknowledged_by === null ? {} : { holder: row.acknowledged_by }),
      ...(row.superseded_by === null ? {} : { place: `/alerts/${row.superseded_by}` }),
    },
  });

async function isRepeated({ trx, now }: Work, row: AlertTable, act: ActName, by: string): Promise<boolean> {
  const before = await trx
    .selectFrom('notifier_act')
    .select('sequence')
    .where('alert_id', '=', row.alert_id)
    .where('act', '=', act)
    .where('by_name', '=', by)
    .where('at', '>', now - repeatMs)
    .executeTakeFirst();
  return before !== undefined;
}

async function record(
  { trx, now }: Work,
  row: AlertTable,
  act: ActName,
  by: string,
  detail: string | null,
): Promise<void> {
  const last = await trx
    .selectFrom('notifier_act')
    .select(({ fn }) => fn.max('sequence').as('sequence'))
    .where('alert_id', '=', row.alert_id)
    .executeTakeFirst();
  const sequence = (last?.sequence ?? 0) + 1;
  await trx
    .insertInto('notifier_act')
    .values({ alert_id: row.alert_id, sequence, act, by_name: by, at: now, detail })
    .execute();
}

/** The phone tells that a page arrived. The first time counts. */
export async function recordReceipt(notifier: Notifier, alertId: string, pageId: string): Promise<void> {
  await inTransaction(notifier, async (work) => {
    const { trx, now } = work;
    const row = await alertRow(trx, alertId);
    const page = await trx
      .selectFrom('notifier_page')
      .selectAll()
      .where('page_id', '=', pageId)
      .where('alert_id', '=', alertId)
      .executeTakeFirst();
    if (row === undefined || page === undefined) throw new VoorrangError('VRG_ALERT_UNKNOWN');
    if (page.received_at !== null) return;
    await trx.updateTable('notifier_page').set({ received_at: now }).where('page_id', '=', pageId).execute();
    tell(work, row, 'page.received', {
      stepIndex: page.step_index,
      channel: page.channel,
      recipient: page.recipient,
      attempt: Math.max(1, page.attempts),
      receivedAt: now,
    });
  });
  notifier.nudge();
}
