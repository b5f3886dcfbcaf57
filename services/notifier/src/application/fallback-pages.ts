import type { EpochMs } from '@voorrang/kernel';
import { tell, updateAlert } from '../adapters/sql/alert-store.ts';
import type { AlertTable, NotifierSchema, PageTable } from '../adapters/sql/schema.ts';
import type { Notifier, Work } from './ports.ts';

/**
 * The fallback step that a page belongs to, if it does and nothing of it was accepted yet. Such a page is the last one of its alert: it is never given
 * up while somebody has to act. `undefined` for every other page.
 */
export async function unreachedFallback(
  { trx }: Pick<Work, 'trx'>,
  page: PageTable,
): Promise<NotifierSchema['notifier_step'] | undefined> {
  if (page.kind !== 'page') return undefined;
  const step = await trx
    .selectFrom('notifier_step')
    .selectAll()
    .where('alert_id', '=', page.alert_id)
    .where('step_index', '=', page.step_index)
    .where('kind', '=', 'fallback')
    .executeTakeFirst();
  if (step === undefined) return undefined;
  const accepted = await trx
    .selectFrom('notifier_page')
    .select('page_id')
    .where('alert_id', '=', page.alert_id)
    .where('step_index', '=', page.step_index)
    .where('kind', '=', 'page')
    .where('round', '=', page.round)
    .where('state', '=', 'sent')
    .where('page_id', '!=', page.page_id)
    .limit(1)
    .executeTakeFirst();
  return accepted === undefined ? step : undefined;
}

/** A fallback is reached when a provider took its page, not when its time had come. */
export async function markFallbackReached(work: Work, alert: AlertTable, deadlineAt: EpochMs): Promise<void> {
  if (alert.state !== 'open') return;
  const reached = await updateAlert(work.trx, alert, { state: 'fallback-reached', fallback_at: deadlineAt });
  tell(work, reached, 'alert.fallback-reached', { deadlineAt });
}

/** Operations must act: with the providers as they are nobody may be told of an alert. */
export function raiseFallbackAlarm({ logger, metrics }: Notifier, alert: AlertTable, page: PageTable): void {
  const { team, site, alert_id } = alert;
  metrics
    .counter('voorrang_alert_fallback_failures_total', 'Fallback pages that no provider took, per try.', [
      'site',
      'team',
    ])
    .inc({ site, team });
  logger.error('operations alert: the fallback of an alert cannot be reached', undefined, {
    alert: alert_id,
    team,
    channel: page.channel,
  });
}

/** Whether a fallback page has failed and is still to be taken by a provider. */
export async function isFallbackFailing({ database }: Pick<Notifier, 'database'>): Promise<boolean> {
  const row = await database.query
    .selectFrom('notifier_page as page')
    .innerJoin('notifier_step as step', (join) =>
      join.onRef('step.alert_id', '=', 'page.alert_id').onRef('step.step_index', '=', 'page.step_index'),
    )
    .select('page.page_id')
    .where('page.state', 'in', ['due', 'sending'])
    .where('page.kind', '=', 'page')
    .where('page.error_code', 'is not', null)
    .where('step.kind', '=', 'fallback')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
