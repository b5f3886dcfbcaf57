import type { ChannelKind } from '@voorrang/protocol';
import { alertRow, tell } from '../adapters/sql/alert-store.ts';
import type { PageTable } from '../adapters/sql/schema.ts';
import { isEscalating } from '../domain/alert.ts';
import { type ChannelOutcome, decideRetry, retryAgain } from '../domain/retry.ts';
import { markFallbackReached, raiseFallbackAlarm, unreachedFallback } from './fallback-pages.ts';
import { inTransaction } from './in-transaction.ts';
import type { Notifier, Work } from './ports.ts';
import { allChannels, usable } from './rota.ts';
import { tryNextStepEarly } from './run-steps.ts';
import { insertPage } from './tell-paged.ts';

const pageData = (page: PageTable) => ({
  stepIndex: page.step_index,
  channel: page.channel,
  recipient: page.recipient,
  attempt: Math.max(1, page.attempts),
});

/** The provider took the page: it is never sent again. */
export async function recordAcceptance(notifier: Notifier, page: PageTable): Promise<void> {
  const clocks = await inTransaction(
    notifier,
    async (work) => {
      const { trx, now } = work;
      const { numUpdatedRows } = await trx
        .updateTable('notifier_page')
        .set({ state: 'sent', accepted_at: now, lease_until: null, error_code: null })
        .where('page_id', '=', page.page_id)
        .where('state', 'in', ['due', 'sending', 'stopped'])
        .executeTakeFirst();
      const alert = await alertRow(trx, page.alert_id);
      if (numUpdatedRows === 0n || alert === undefined) return undefined;
      const fallback = await unreachedFallback(work, page);
      if (fallback !== undefined) await markFallbackReached(work, alert, fallback.due_at);
      tell(work, alert, 'page.sent', { ...pageData(page), acceptedAt: now });
      if (alert.first_page_accepted_at !== null || page.kind !== 'page') return undefined;
      await trx
        .updateTable('notifier_alert')
        .set({ first_page_accepted_at: now })
        .where('alert_id', '=', alert.alert_id)
        .execute();
      return { runReceivedAt: alert.run_received_at, imagesCompleteAt: alert.images_complete_at, acceptedAt: now };
    },
    page.traceparent,
  );
  if (clocks !== undefined) observeClocks(notifier, clocks);
}

type FirstAcceptance = { runReceivedAt: number; imagesCompleteAt: number | null; acceptedAt: number };

/** Run received to first accept is ours (15 s at p99); images complete to first page has the target of ten minutes. */
function observeClocks({ metrics }: Notifier, { runReceivedAt, imagesCompleteAt, acceptedAt }: FirstAcceptance): void {
  metrics
    .histogram(
      'voorrang_alert_run_to_accept_seconds',
      'Run received to first page accepted by a provider.',
      [],
      [...[0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 300]],
    )
    .observe((acceptedAt - runReceivedAt) / 1000);
  if (imagesCompleteAt === null) return;
  metrics
    .histogram(
      'voorrang_alert_images_to_accept_seconds',
      'Images complete to first page accepted.',
      [],
      [...[30, 60, 120, 300, 600, 900, 1800, 3600]],
    )
    .observe((acceptedAt - imagesCompleteAt) / 1000);
}

/**
 * The page was not taken, or nobody knows: again soon, or on to what else may reach the person, or somebody else.
 * True when it was the last resort of an alert, which is tried on and on.
 */
export async function recordFailure(
  notifier: Notifier,
  page: PageTable,
  outcome: Exclude<ChannelOutcome, { kind: 'accepted' }>,
): Promise<boolean> {
  const isLastResort = await inTransaction(
    notifier,
    async (work) => {
      const { trx, now } = work;
      const current = await trx
        .selectFrom('notifier_page')
        .selectAll()
        .where('page_id', '=', page.page_id)
        .where('state', '=', 'sending')
        .where('attempts', '=', page.attempts)
        .executeTakeFirst();
      const alert = await alertRow(trx, page.alert_id);
      if (current === undefined || alert === undefined) return false;
      const isNeeded = page.kind !== 'page' || isEscalating(alert.state);
      const isLast = isNeeded && (await unreachedFallback(work, page)) !== undefined;
      const firstAt = page.first_attempt_at ?? now;
      const usual = decideRetry(outcome, page.attempts, firstAt, now);
      const retry = isLast ? { kind: 'again' as const, at: retryAgain(outcome, page.attempts, firstAt, now) } : usual;
      const final = retry.kind === 'give-up' || !isNeeded;
      await trx
        .updateTable('notifier_page')
        .set({
          state: final ? (isNeeded ? 'failed' : 'stopped') : 'due',
          due_at: retry.kind === 'again' ? retry.at : now,
          lease_until: null,
          error_code: outcome.code,
          may_have_arrived: outcome.kind === 'permanent' ? current.may_have_arrived : 1,
        })
        .where('page_id', '=', page.page_id)
        .execute();
      tell(work, alert, 'page.failed', { ...pageData(page), code: outcome.code, final });
      if (isLast) raiseFallbackAlarm(notifier, alert, page);
      if (isNeeded && usual.kind === 'give-up') await goOn(notifier, work, page, isLast);
      return isLast;
    },
    page.traceparent,
  );
  notifier.logger.warn('a page was not accepted', { page: page.page_id, channel: page.channel, code: outcome.code });
  return isLastResort;
}

/**
 * What was paged of one person for one step, or told of one piece of news. Once all of it has failed, the person's other channels are used at once,
 * each once; after the last of them the next step, for news an error in the log.
 */
async function goOn(notifier: Notifier, work: Work, page: PageTable, isLast: boolean): Promise<void> {
  const sent = await work.trx
    .selectFrom('notifier_page')
    .select(['recipient', 'channel', 'state', 'error_code'])
    .where('alert_id', '=', page.alert_id)
    .where('step_index', '=', page.step_index)
    .where('kind', '=', page.kind)
    .where('round', '=', page.round)
    .execute();
  // A page of the last resort is due for ever: one that failed before holds up no other channel.
  const mayArrive = ({ state, error_code }: Pick<PageTable, 'state' | 'error_code'>): boolean =>
    state === 'sent' || ((state === 'due' || state === 'sending') && !(isLast && error_code !== null));
  const ofPerson = sent.filter(({ recipient }) => recipient === page.recipient);
  if (ofPerson.some(mayArrive)) return;
  const person = work.protocol.onCall.people[page.recipient];
  const tried = new Set(ofPerson.map(({ channel }) => channel));
  const untried = usable(person, allChannels, notifier.channels).find((channel: ChannelKind) => !tried.has(channel));
  if (untried !== undefined) {
    const { alert_id: alertId, step_index: stepIndex, recipient, kind, round } = page;
    await insertPage(work, { alertId, stepIndex, recipient, channel: untried, kind, round });
  } else if (page.kind !== 'page') {
    notifier.logger.error('news of an alert does not reach a person who was paged', undefined, {
      alert: page.alert_id,
      kind: page.kind,
    });
  } else if (!sent.some(mayArrive)) await tryNextStepEarly(notifier, work, page);
}
