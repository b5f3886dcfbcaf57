import type { Change, WorklistState } from '@voorrang/worklist-store';
import type { FeedPlace } from '../domain/event-id.ts';

/** What a client of the event stream is told. `stale`: the store cannot be asked, what is on the screen may be old. */
export type StreamEvent =
  | { readonly kind: 'change'; readonly epoch: string; readonly change: Change }
  | { readonly kind: 'revision'; readonly at: FeedPlace; readonly state: WorklistState; readonly stale: boolean }
  | { readonly kind: 'reset'; readonly at: FeedPlace };

type ChangeEvent = Extract<StreamEvent, { kind: 'change' }>;

/**
 * What one client has not been sent yet. It never grows beyond the newest change of each study, and beyond `longest` studies it becomes a reset:
 * a client that reads slowly gets the newest state, not a backlog. Changes are added in the order of their revisions.
 */
export class ClientOutbox {
  readonly #longest: number;
  readonly #changes = new Map<string, ChangeEvent>();
  #reset: FeedPlace | undefined;
  #revision: Extract<StreamEvent, { kind: 'revision' }> | undefined;

  constructor(longest: number) {
    this.#longest = longest;
  }

  add(event: StreamEvent): void {
    switch (event.kind) {
      case 'revision':
        this.#revision = event;
        if (this.#reset) this.#reset = event.at;
        return;
      case 'reset':
        this.#changes.clear();
        this.#reset = event.at;
        return;
      case 'change':
        this.#change(event);
        return;
    }
  }

  /** The next event to send: a reset, then changes by revision, then where the feed stands. */
  take(): StreamEvent | undefined {
    if (this.#reset) {
      const at = this.#reset;
      this.#reset = undefined;
      return { kind: 'reset', at };
    }
    const [first] = this.#changes;
    if (first) {
      this.#changes.delete(first[0]);
      return first[1];
    }
    const revision = this.#revision;
    this.#revision = undefined;
    return revision;
  }

  #change(event: ChangeEvent): void {
    const { epoch, change } = event;
    const at = { epoch, revision: change.revision };
    // After a reset the client reads the list again, and then has this change too.
    if (this.#reset) {
      this.#reset = at;
      return;
    }
    const studyId = change.kind === 'row' ? change.row.studyId : change.studyId;
    this.#changes.delete(studyId);
    this.#changes.set(studyId, event);
    if (this.#changes.size > this.#longest) this.add({ kind: 'reset', at });
  }
}
