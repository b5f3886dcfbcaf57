import { type Clock, type EpochMs, toVoorrangError } from '@voorrang/kernel';
import type { ListRef, Page, WorklistReader } from '@voorrang/worklist-store';

/** A page and how fresh it is: `stale` when the store could not give it now, and it is the last one that it gave. */
export type FreshPage = { readonly page: Page; readonly generatedAt: EpochMs; readonly stale: boolean };

/** Pages kept for an outage; the first page of each list people look at is what matters. */
const keptPages = 64;

/**
 * Reads pages and keeps the newest of them, so that losing the store shows the last known list, marked, and never an empty one.
 */
export class PageReader {
  readonly #store: WorklistReader;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly page: Page; readonly generatedAt: EpochMs }>();

  constructor(store: WorklistReader, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws VRG_STORE_UNAVAILABLE when the store is away and nothing of the list is known. */
  async read(list: ListRef, limit: number, cursor?: string): Promise<FreshPage> {
    const name = JSON.stringify([list.site, list.list, cursor ?? null]);
    let page: Page;
    try {
      page = await this.#store.page(list, limit, cursor);
    } catch (error) {
      const known = this.#known(name, limit);
      if (toVoorrangError(error).code !== 'VRG_STORE_UNAVAILABLE' || !known) throw error;
      return known;
    }
    // A store without an epoch has lost its content and waits for the rebuild.
    if (page.epoch === '') {
      const known = this.#known(name, limit);
      return known
        ? { ...known, page: { ...known.page, state: 'rebuilding' } }
        : { page, generatedAt: this.#clock.now(), stale: false };
    }
    const generatedAt = this.#clock.now();
    this.#keep(name, { page, generatedAt });
    return { page, generatedAt, stale: false };
  }

  #keep(name: string, found: { readonly page: Page; readonly generatedAt: EpochMs }): void {
    this.#kept.delete(name);
    this.#kept.set(name, found);
    const [oldest] = this.#kept;
    if (this.#kept.size > keptPages && oldest) this.#kept.delete(oldest[0]);
  }

  #known(name: string, limit: number): FreshPage | undefined {
    const kept = this.#kept.get(name);
    if (!kept) return undefined;
    const { page, generatedAt } = kept;
    // Fewer rows were asked for than are kept: what follows them can be asked for when the store is back.
    const items = page.items.slice(0, limit);
    const nextCursor = items.length < page.items.length ? null : page.nextCursor;
    return { page: { ...page, items, nextCursor }, generatedAt, stale: true };
  }
}
