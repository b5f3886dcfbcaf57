import type { PageKind } from '../adapters/sql/schema.ts';
import type { Work } from './ports.ts';

/** The deterministic id of a page, which the provider sees as idempotency key. */
export const pageIdOf = (
  { keys }: Pick<Work, 'keys'>,
  page: { alertId: string; stepIndex: number; recipient: string; channel: string; kind: PageKind; round: number },
): string =>
  keys.of('page', page.alertId, page.kind, String(page.round), String(page.stepIndex), page.recipient, page.channel);

/**
 * Tells those who were paged for `fromAlerts`, over the channels that reached them, what became of it. The message carries the id of `about`.
 * `round` is the revision of that alert: the same news is told once. `except`: people who know already.
 */
export async function tellPaged(
  work: Work,
  news: {
    about: string;
    fromAlerts: readonly string[];
    kind: Exclude<PageKind, 'page'>;
    round: number;
    except?: ReadonlySet<string>;
  },
): Promise<void> {
  const { trx, now } = work;
  const reached = await trx
    .selectFrom('notifier_page')
    .select(['recipient', 'channel'])
    .where('alert_id', 'in', [...news.fromAlerts])
    // One that is on its way arrives too.
    .where('state', 'in', ['sent', 'sending'])
    .distinct()
    .orderBy('recipient')
    .orderBy('channel')
    .execute();
  for (const { recipient, channel } of reached) {
    if (news.except?.has(recipient)) continue;
    const page = { alertId: news.about, stepIndex: 0, recipient, channel, kind: news.kind, round: news.round };
    await trx
      .insertInto('notifier_page')
      .values({ page_id: pageIdOf(work, page), ...newPage(page, now) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export const newPage = (
  page: { alertId: string; stepIndex: number; recipient: string; channel: string; kind: PageKind },
  dueAt: number,
) => ({
  alert_id: page.alertId,
  step_index: page.stepIndex,
  recipient: page.recipient,
  channel: page.channel,
  kind: page.kind,
  state: 'due' as const,
  due_at: dueAt,
  attempts: 0,
  first_attempt_at: null,
  lease_until: null,
  accepted_at: null,
  received_at: null,
  error_code: null,
});

/** Recipients of an alert who were reached. */
export async function reachedBy({ trx }: Work, alertId: string): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom('notifier_page')
    .select('recipient')
    .where('alert_id', '=', alertId)
    .where('state', 'in', ['sent', 'sending'])
    .execute();
  return new Set(rows.map(({ recipient }) => recipient));
}
