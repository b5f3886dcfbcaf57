import { VoorrangError } from '@voorrang/kernel';
import type { Positions, SubscribeOptions, Subscription, SubscriptionState } from '../ports.ts';
import { atMost, brokerTime } from './broker-time.ts';
import { accessError } from './classify-error.ts';
import { ConsumerSession } from './consumer-session.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import type { KafkaSettings } from './options.ts';
import { backoffMs } from './partition-feed.ts';
import { startPositions } from './start-positions.ts';

export type SubscriptionParts = {
  readonly settings: KafkaSettings;
  readonly admin: KafkaAdmin;
  /** Makes sure that the topics are there. */
  readonly prepare: () => Promise<void>;
  readonly options: SubscribeOptions;
};

/**
 * Keeps one consumer session alive for as long as the subscription lasts: builds a new one when it ends by itself, or when the watchdog finds that
 * the broker has been silent for too long. Never gives up: the broker may be away for hours.
 */
export class KafkaSubscription implements Subscription {
  readonly #parts: SubscriptionParts;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #session: ConsumerSession | undefined;
  #trouble: VoorrangError | undefined;
  #stopped = false;
  #progress: (() => void)[] = [];

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#running = this.#supervise();
  }

  get state(): SubscriptionState {
    if (this.#stopped) return { status: 'stopped' };
    if (this.#trouble !== undefined) return { status: 'stalled', error: this.#trouble };
    const session = this.#session;
    if (session === undefined) return { status: 'starting' };
    const failing = session.failing.values().next().value;
    if (failing !== undefined) return { status: 'stalled', error: failing.error };
    if (session.longestInHandMs > this.#parts.settings.timing.handlerStalledAfterMs) {
      return { status: 'stalled', error: new VoorrangError('VRG_UNAVAILABLE', 'a handler does not come to an end') };
    }
    return { status: session.joined ? 'running' : 'starting' };
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    const heads = await this.#headsWhenReachable(signal);
    while (!(await this.#hasReached(heads))) await this.#nextProgress(signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #supervise(): Promise<void> {
    const { settings } = this.#parts;
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      const startedAt = performance.now();
      const error = await this.#runSession();
      if (error === undefined) continue;
      failures = performance.now() - startedAt > settings.timing.stalledAfterMs ? 0 : failures + 1;
      this.#trouble = error;
      settings.onWarn('a consumer ended and is built anew', {
        group: this.#parts.options.group,
        code: error.code,
        kafka: String(error.details.kafka ?? ''),
      });
      await brokerTime.wait(backoffMs(failures, settings.timing.maxBackoffMs, Math.random()), this.#stopping.signal);
    }
    this.#stopped = true;
    this.#told();
  }

  /** Resolves with the reason when the session ended by itself, with nothing when it was asked to. */
  async #runSession(): Promise<VoorrangError | undefined> {
    const { settings, admin, prepare, options } = this.#parts;
    try {
      await prepare();
    } catch (error) {
      return accessError(error);
    }
    if (this.#stopping.signal.aborted) return undefined;
    const session = new ConsumerSession({
      settings,
      subscription: options,
      startPositions: (partitions) => startPositions(admin, options, partitions),
      onProgress: () => this.#told(),
    });
    this.#session = session;
    const watchdog = setInterval(() => this.#watch(session), Math.min(1_000, settings.timing.stalledAfterMs / 4));
    try {
      const begun = session.run();
      const silent = new Promise<VoorrangError>((resolve) => {
        this.#onSilent = resolve;
      });
      const error = await Promise.race([session.ended, silent, aborted(this.#stopping.signal)]);
      // Told before the farewell, which may take as long as the broker is away.
      this.#trouble = error;
      await session.close();
      await atMost(session.patienceMs, begun);
      return error;
    } finally {
      clearInterval(watchdog);
      this.#session = undefined;
    }
  }

  #onSilent: (error: VoorrangError) => void = () => {};

  #watch(session: ConsumerSession): void {
    if (session.joined && session.silentForMs < this.#parts.settings.timing.stalledAfterMs) this.#trouble = undefined;
    if (session.silentForMs < this.#parts.settings.timing.stalledAfterMs) return;
    this.#onSilent(new VoorrangError('VRG_BUS_UNAVAILABLE', 'the broker does not answer'));
  }

  #told(): void {
    if (this.#session?.joined) this.#trouble = undefined;
    const waiting = this.#progress;
    this.#progress = [];
    for (const tell of waiting) tell();
  }

  async #headsWhenReachable(signal?: AbortSignal): Promise<Positions> {
    const { admin, prepare, options } = this.#parts;
    for (;;) {
      try {
        await prepare();
        const extents = await admin.extents(options.topics);
        return Object.fromEntries(
          [...extents].filter(([, { low, high }]) => high > low).map(([key, { high }]) => [key, high]),
        );
      } catch (error) {
        if (accessError(error).kind === 'permanent') throw error;
        await this.#nextProgress(signal);
      }
    }
  }

  /** Partitions of other members are judged by what the group has committed; a projection's are theirs to tell. */
  async #hasReached(heads: Positions): Promise<boolean> {
    const session = this.#session;
    if (session === undefined || !session.joined) return false;
    const assigned = new Set(session.assigned);
    const elsewhere = Object.entries(heads).filter(([key]) => !assigned.has(key));
    for (const [key, head] of Object.entries(heads)) {
      if (assigned.has(key) && (session.positions.get(key) ?? -1) < head) return false;
    }
    const { admin, options } = this.#parts;
    if (elsewhere.length === 0 || options.startAt !== 'committed') return true;
    const committed = await admin.committed(options.group, options.topics).catch(() => ({}) as Positions);
    return elsewhere.every(([key, head]) => (committed[key] ?? 0) >= head);
  }

  /** Resolves at the next progress, or after a moment: members elsewhere do not tell us of theirs. */
  async #nextProgress(signal?: AbortSignal): Promise<void> {
    if (this.#stopped) throw new VoorrangError('VRG_UNAVAILABLE', 'the subscription has stopped');
    if (signal?.aborted) throw new VoorrangError('VRG_UNAVAILABLE', 'the wait was given up');
    const wake = new AbortController();
    const end = (): void => wake.abort();
    this.#progress.push(end);
    signal?.addEventListener('abort', end, { once: true });
    await brokerTime.wait(200, wake.signal);
    signal?.removeEventListener('abort', end);
    this.#progress = this.#progress.filter((each) => each !== end);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
