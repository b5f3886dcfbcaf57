import { type DurationMs, toVoorrangError } from '@voorrang/kernel';
import type { Logger } from '@voorrang/platform';
import type { ListRef, WorklistReader, WorklistState } from '@voorrang/worklist-store';
import type { FeedPlace } from '../domain/event-id.ts';
import type { StreamEvent } from './client-outbox.ts';

/** A client of one list. `at` is as far as it has been told; the follower moves it. */
export type Subscriber = { at: FeedPlace | undefined; readonly tell: (event: StreamEvent) => void };

export type FollowerOptions = {
  readonly list: ListRef;
  readonly store: WorklistReader;
  readonly logger: Logger;
  /** Looks after this long without a wake-up: one may be lost on the way. Also the wait after a failed look. */
  readonly lookEveryMs: DurationMs;
};

const batch = 500;

/**
 * Reads the changes of one list once for all its clients. Rounds are serial, so each client sees revisions grow; a client that joins with an id
 * is caught up from there in the round after, before anything newer.
 */
export class ListFollower {
  readonly #options: FollowerOptions;
  readonly #subscribers = new Set<Subscriber>();
  #stopped = false;
  #nudged = false;
  #wakeUp: (() => void) | undefined;
  #told: { readonly state: WorklistState; readonly stale: boolean; readonly at: FeedPlace } | undefined;
  readonly #greeted = new WeakSet<Subscriber>();
  readonly #running: Promise<void>;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get size(): number {
    return this.#subscribers.size;
  }

  join(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.nudge();
  }

  leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  nudge(): void {
    this.#nudged = true;
    this.#wakeUp?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { lookEveryMs, logger } = this.#options;
    while (!this.#stopped) {
      this.#nudged = false;
      try {
        await this.#round();
      } catch (error) {
        if (!this.#told?.stale) logger.warn('the worklist cannot be followed', { code: toVoorrangError(error).code });
        this.#say({
          at: this.#told?.at ?? { epoch: '', revision: 0 },
          state: this.#told?.state ?? 'rebuilding',
          stale: true,
        });
        this.#nudged = false;
      }
      if (!this.#nudged && !this.#stopped) await this.#rest(lookEveryMs);
    }
  }

  #rest(ms: DurationMs): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #round(): Promise<void> {
    const { epoch, revision, state } = await this.#options.store.status();
    const at = { epoch, revision };
    // Clients at the same place, which is nearly all of them, share one read.
    const groups = Map.groupBy(this.#subscribers, (one) => (one.at ? `${one.at.epoch}.${one.at.revision}` : ''));
    for (const group of groups.values()) await this.#bringUp(group, at);
    this.#say({ at, state, stale: false });
  }

  async #bringUp(group: readonly Subscriber[], to: FeedPlace): Promise<void> {
    const { store, list } = this.#options;
    let place = group[0]?.at;
    // A store that holds nothing (rebuilding after a loss) has no changes to tell; what is on the screens stays until the reset.
    if (place === undefined || to.epoch === '') return;
    while (place.epoch !== to.epoch || place.revision !== to.revision) {
      const found = await store.changesSince(list, place, batch);
      place = { epoch: found.epoch, revision: found.revision };
      for (const one of group) {
        if (found.kind === 'reset') one.tell({ kind: 'reset', at: place });
        else for (const change of found.changes) one.tell({ kind: 'change', epoch: found.epoch, change });
        one.at = place;
      }
      if (found.kind === 'reset' || place.revision >= to.revision) return;
    }
  }

  /** Tells where the feed stands to all, when that has changed, and to those who have just come. */
  #say(now: { readonly at: FeedPlace; readonly state: WorklistState; readonly stale: boolean }): void {
    const before = this.#told;
    const same =
      before?.state === now.state &&
      before.stale === now.stale &&
      before.at.epoch === now.at.epoch &&
      before.at.revision === now.at.revision;
    this.#told = now;
    for (const one of this.#subscribers) {
      if (same && this.#greeted.has(one)) continue;
      this.#greeted.add(one);
      // Came without an id, and is told from here on.
      if (!now.stale) one.at ??= now.at;
      one.tell({ kind: 'revision', ...now, at: one.at ?? now.at });
    }
  }
}
