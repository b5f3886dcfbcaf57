import { type EpochMs, faultPoint, seconds } from '@voorrang/kernel';
import { currentTraceparent, type HealthPart, withSpan } from '@voorrang/platform';
import type { ChannelKind } from '@voorrang/protocol';
import type { PageTable } from '../adapters/sql/schema.ts';
import type { ChannelOutcome } from '../domain/retry.ts';
import { claimPage } from './claim-page.ts';
import { isFallbackFailing } from './fallback-pages.ts';
import type { Notifier, PageMessage } from './ports.ts';
import { recordAcceptance, recordFailure } from './record-outcome.ts';

/** How long a claim holds: longer than a channel's timeout, so that only a sender that died loses its claim, and well inside the 15 s of a first page. */
export const pageLeaseMs = seconds(8);
const maxInFlight = 32;

/**
 * Sends pages that are due. A page is claimed, sent, recorded; a crash in between leaves a claim that runs out, and the page is sent again with the
 * same idempotency key: a duplicate is acceptable, a lost page is not. A slow provider holds up no other page.
 */
export class PageSender {
  readonly #notifier: Notifier;
  readonly #publicUrl: string;
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #nudge: () => void;
  /** Asked of the database while true: another instance may have got through, or a human may have acted. */
  #isFallbackFailing = true;

  constructor(notifier: Notifier, publicUrl: string, nudge: () => void) {
    this.#notifier = notifier;
    this.#publicUrl = publicUrl.replace(/\/+$/, '');
    this.#nudge = nudge;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Takes over every claim at once. Only where no other process can have one: what a killed sender had in hand then goes on at the start. */
  async takeOverClaims(): Promise<void> {
    const { database, clock } = this.#notifier;
    await database.query
      .updateTable('notifier_page')
      .set({ due_at: clock.now() })
      .where('state', '=', 'sending')
      .execute();
  }

  /** Red while the last resort of an alert cannot be reached. */
  get fallbackHealth(): HealthPart {
    return this.#isFallbackFailing
      ? { ok: false, detail: 'no provider takes the fallback page of an alert' }
      : { ok: true, detail: 'reachable' };
  }

  async nextDueAt(): Promise<EpochMs | undefined> {
    if (this.#isFallbackFailing) this.#isFallbackFailing = await isFallbackFailing(this.#notifier);
    if (this.#inFlight.size >= maxInFlight) return undefined;
    const row = await this.#waiting()
      .select(({ fn }) => fn.min('due_at').as('due'))
      .executeTakeFirst();
    return row?.due ?? undefined;
  }

  async runDue(now: EpochMs): Promise<void> {
    const due = await this.#waiting()
      .select('page_id')
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .orderBy('page_id')
      .limit(maxInFlight - this.#inFlight.size)
      .execute();
    for (const { page_id } of due) {
      const claimed = await claimPage(this.#notifier, page_id, pageLeaseMs);
      if (claimed !== undefined) this.#start(claimed.page, claimed.message, claimed.address);
    }
  }

  /** Waits for what is on its way. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#inFlight.values());
  }

  /** Pages to send, or whose claim has run out; `due_at` of a claimed one is the end of its claim. */
  #waiting() {
    const query = this.#notifier.database.query.selectFrom('notifier_page').where('state', 'in', ['due', 'sending']);
    const ours = [...this.#inFlight.keys()];
    return ours.length === 0 ? query : query.where('page_id', 'not in', ours);
  }

  #start(page: PageTable, message: Omit<PageMessage, 'url'>, address: string | undefined): void {
    const sending = this.#send(page, { ...message, url: `${this.#publicUrl}/alerts/${page.alert_id}` }, address)
      .catch((error: unknown) => {
        this.#notifier.logger.error('the outcome of a page could not be recorded', error, { page: page.page_id });
      })
      .finally(() => {
        this.#inFlight.delete(page.page_id);
        this.#nudge();
      });
    this.#inFlight.set(page.page_id, sending);
  }

  /** Goes on with the trace of what caused the page, up to the provider. */
  #send(page: PageTable, message: PageMessage, address: string | undefined): Promise<void> {
    const attributes = { channel: page.channel, team: message.team, step: page.step_index };
    return withSpan('page.send', { kind: 'client', parent: page.traceparent ?? undefined, attributes }, async () => {
      faultPoint('page.before-send');
      const traceparent = currentTraceparent() ?? page.traceparent ?? undefined;
      const outcome = await this.#call(page, { ...message, traceparent }, address);
      if (outcome.kind === 'accepted') {
        faultPoint('page.sent');
        await recordAcceptance(this.#notifier, page);
      } else if (await recordFailure(this.#notifier, page, outcome)) this.#isFallbackFailing = true;
      this.#notifier.nudge();
    });
  }

  #call(page: PageTable, message: PageMessage, address: string | undefined): Promise<ChannelOutcome> {
    const channel = this.#notifier.channels[page.channel as ChannelKind];
    if (channel === undefined || address === undefined) {
      return Promise.resolve({ kind: 'permanent', code: 'VRG_CHANNEL_REFUSED' });
    }
    return channel.send(message, address);
  }
}
