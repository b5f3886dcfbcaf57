import type { Severity } from '@voorrang/contracts';
import type { DurationMs } from '@voorrang/kernel';
import type { ChannelKind } from '@voorrang/protocol';
import { alertRow } from '../adapters/sql/alert-store.ts';
import type { PageTable } from '../adapters/sql/schema.ts';
import { isEscalating } from '../domain/alert.ts';
import type { Notifier, PageMessage } from './ports.ts';

export type ClaimedPage = {
  readonly page: PageTable;
  readonly message: Omit<PageMessage, 'url'>;
  /** Address of the recipient as the rota has it now; absent when it was taken out. */
  readonly address: string | undefined;
};

/**
 * Claims a page for one attempt. `undefined` when another instance has it, or when nobody needs it any more: an alert that a human took over
 * pages no further, even if its page was due.
 */
export function claimPage(notifier: Notifier, pageId: string, leaseMs: DurationMs): Promise<ClaimedPage | undefined> {
  const { database, protocol, clock } = notifier;
  return database.transaction(async (trx) => {
    const now = clock.now();
    const page = await trx
      .selectFrom('notifier_page')
      .selectAll()
      .where('page_id', '=', pageId)
      .where('state', 'in', ['due', 'sending'])
      .where('due_at', '<=', now)
      .executeTakeFirst();
    if (page === undefined) return undefined;
    const alert = await alertRow(trx, page.alert_id);
    if (alert === undefined || (page.kind === 'page' && !isEscalating(alert.state))) {
      await trx.updateTable('notifier_page').set({ state: 'stopped' }).where('page_id', '=', pageId).execute();
      return undefined;
    }
    const claim = {
      state: 'sending' as const,
      // A claim that is not given back falls due again when it runs out.
      due_at: now + leaseMs,
      lease_until: now + leaseMs,
      attempts: page.attempts + 1,
      // A claim that ran out is of a sender that died, perhaps after the provider had taken the page.
      may_have_arrived: page.state === 'sending' ? 1 : page.may_have_arrived,
      first_attempt_at: page.first_attempt_at ?? now,
    };
    await trx.updateTable('notifier_page').set(claim).where('page_id', '=', pageId).execute();
    return {
      page: { ...page, ...claim },
      address: protocol.onCall.people[page.recipient]?.channels[page.channel as ChannelKind],
      message: {
        alertId: alert.alert_id,
        stepIndex: page.step_index,
        recipient: page.recipient,
        team: alert.team,
        pageWord: alert.page_word,
        severity: alert.severity as Severity,
        site: alert.site,
        sentAt: now,
        idempotencyKey: page.page_id,
        kind: page.kind,
      },
    };
  });
}
