import type { PageKind } from '../adapters/sql/schema.ts';
import type { Work } from './ports.ts';

/** `round`: revision of the alert that the news is about; 0 for a page of a step. */
export type PlannedPage = {
  readonly alertId: string;
  readonly stepIndex: number;
  readonly recipient: string;
  readonly channel: string;
  readonly kind: PageKind;
  readonly round: number;
};

/** The deterministic id of a page, which the provider sees as idempotency key. */
export const pageIdOf = ({ keys }: Pick<Work, 'keys'>, page: PlannedPage): string =>
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
  const { trx } = work;
  const reached = await trx
    .selectFrom('notifier_page')
    .select(['recipient', 'channel'])
    .where('alert_id', 'in', [...news.fromAlerts])
    // One that is on its way arrives too, and one whose provider never refused it may have arrived whatever became of it since.
    .where((where) => where.or([where('state', 'in', ['sent', 'sending']), where('may_have_arrived', '=', 1)]))
    .distinct()
    .orderBy('recipient')
    .orderBy('channel')
    .execute();
  for (const { recipient, channel } of reached) {
    if (news.except?.has(recipient)) continue;
    const page = { alertId: news.about, stepIndex: 0, recipient, channel, kind: news.kind, round: news.round };
    await insertPage(work, page);
  }
}

/** A page is a row first. The same page again is the same row. */
export async function insertPage(work: Work, page: PlannedPage): Promise<void> {
  await work.trx
    .insertInto('notifier_page')
    .values({
      page_id: pageIdOf(work, page),
      alert_id: page.alertId,
      step_index: page.stepIndex,
      recipient: page.recipient,
      channel: page.channel,
      kind: page.kind,
      round: page.round,
      state: 'due',
      due_at: work.now,
      attempts: 0,
      may_have_arrived: 0,
      first_attempt_at: null,
      lease_until: null,
      accepted_at: null,
      received_at: null,
      error_code: null,
      traceparent: work.traceparent ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

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
