import type { EpochMs } from '@voorrang/kernel';
import type { Quarantined } from '../domain/quarantine.ts';
import type { GaveWay, QuarantineStore } from './ports.ts';

/** Entries of one transaction at most. */
const perTransaction = 50;

type Waiting = { readonly entry: Quarantined; readonly done: () => void; readonly failed: (error: unknown) => void };

/**
 * The edges' side of the quarantine. One transaction at a time: whatever came meanwhile goes with the next one together, so that a sender that sends nothing
 * but mistakes costs few of them. Knows in memory which entries are open, so that a message that is taken at last closes its own.
 */
export class QuarantineKeeper {
  readonly #store: QuarantineStore;
  readonly #onGaveWay: (gone: GaveWay) => void;
  readonly #open = new Set<string>();
  #waiting: Waiting[] = [];
  #working = false;

  constructor(store: QuarantineStore, onGaveWay: (gone: GaveWay) => void) {
    this.#store = store;
    this.#onGaveWay = onGaveWay;
  }

  /** To be called before the edges open. */
  async load(): Promise<void> {
    for (const id of await this.#store.openIds()) this.#open.add(id);
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Resolves when the entry is durable. */
  keep(entry: Quarantined): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ entry, done, failed });
      if (!this.#working) void this.#work();
    });
  }

  /** A message that was refused before was taken now: closes its entry, if there is one. */
  async taken(id: string, by: string, at: EpochMs): Promise<boolean> {
    if (!this.#open.has(id)) return false;
    const resolved = await this.#store.resolve(id, 'replayed', { by, at });
    this.#open.delete(id);
    return resolved;
  }

  /** Somebody dealt with it otherwise. */
  closed(id: string): void {
    this.#open.delete(id);
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, perTransaction);
      try {
        const gone = await this.#store.keep(batch.map(({ entry }) => entry));
        for (const { entry, done } of batch) {
          if (entry.state === 'open') this.#open.add(entry.id);
          done();
        }
        this.#onGaveWay(gone);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#working = false;
  }
}
