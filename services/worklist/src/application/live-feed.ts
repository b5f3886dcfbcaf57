import type { DurationMs } from '@voorrang/kernel';
import type { Logger } from '@voorrang/platform';
import type { ListRef, WorklistReader } from '@voorrang/worklist-store';
import { ListFollower, type Subscriber } from './list-follower.ts';

/** All clients of the event stream, by list. A list is followed while it has clients. */
export class LiveFeed {
  readonly #options: { readonly store: WorklistReader; readonly logger: Logger; readonly lookEveryMs: DurationMs };
  readonly #followers = new Map<string, ListFollower>();
  #endOnChange: (() => void) | undefined;

  constructor(options: { readonly store: WorklistReader; readonly logger: Logger; readonly lookEveryMs: DurationMs }) {
    this.#options = options;
  }

  start(): void {
    this.#endOnChange = this.#options.store.onChange(() => {
      for (const follower of this.#followers.values()) follower.nudge();
    });
  }

  /** Begins to tell the subscriber; ends with the returned function. */
  join(list: ListRef, subscriber: Subscriber): () => void {
    const name = `${list.site}/${list.list}`;
    const follower = this.#followers.get(name) ?? new ListFollower({ ...this.#options, list });
    this.#followers.set(name, follower);
    follower.join(subscriber);
    return () => {
      follower.leave(subscriber);
      if (follower.size > 0) return;
      if (this.#followers.get(name) === follower) this.#followers.delete(name);
      void follower.stop();
    };
  }

  async stop(): Promise<void> {
    this.#endOnChange?.();
    await Promise.all([...this.#followers.values()].map((follower) => follower.stop()));
    this.#followers.clear();
  }
}
