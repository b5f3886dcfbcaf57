import { afterEach, beforeEach, expect } from '@jest/globals';
import type {
  AppliedPositions,
  ApplyOutcome,
  ListRef,
  RankedRow,
  StudyChange,
  StudyDocument,
  WorklistStore,
} from '../port.ts';

export type WorklistStoreUnderTest = {
  readonly store: WorklistStore;
  /** What a restart without data does. */
  readonly lose: () => Promise<void>;
  readonly end: () => Promise<void>;
};
export type MakeStore = () => Promise<WorklistStoreUnderTest>;

export const reading: ListRef = { site: 'EX', list: 'reading' };
export const done: ListRef = { site: 'EX', list: 'done' };
export const put = (document: StudyDocument): StudyChange => ({ kind: 'put', document });
export const remove = (studyId: string): StudyChange => ({
  kind: 'remove',
  site: 'EX',
  studyId: studyId.padEnd(26, '0'),
});
export const idsOf = (rows: readonly RankedRow[]): string[] => rows.map((row) => row.studyId.replace(/0+$/, ''));
export const revisionOf = (outcome: ApplyOutcome): number =>
  outcome.kind === 'applied' ? outcome.revision : Number.NaN;

/** A fresh store for each test, with its writer's fence, and the steps that most laws begin with. */
export class Desk {
  readonly under: WorklistStoreUnderTest;
  fence: number;
  #offset = 0;

  constructor(under: WorklistStoreUnderTest, fence: number) {
    this.under = under;
    this.fence = fence;
  }

  get store(): WorklistStore {
    return this.under.store;
  }

  /** A whole rebuild, whose end readers see as `epoch`. */
  async fill(documents: readonly StudyDocument[], epoch = 'first', positions: AppliedPositions = {}): Promise<void> {
    expect((await this.store.beginRebuild(this.fence)).kind).toBe('applied');
    expect((await this.store.rebuild(this.fence, documents)).kind).toBe('applied');
    expect((await this.store.finishRebuild(this.fence, positions, epoch)).kind).toBe('applied');
  }

  /** An apply at the next position. */
  apply(changes: readonly StudyChange[], given: { fence?: number; epoch?: string } = {}): Promise<ApplyOutcome> {
    this.#offset += 1;
    const positions = { 'imaging/0': this.#offset };
    return this.store.apply({ fence: this.fence, epoch: 'first', positions, changes, ...given });
  }

  /** All pages of a list. */
  async all(list = reading, limit = 500): Promise<readonly RankedRow[]> {
    const items: RankedRow[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.store.page(list, limit, cursor);
      items.push(...page.items);
      if (page.nextCursor === null) return items;
      cursor = page.nextCursor;
    }
  }

  lose(): Promise<void> {
    return this.under.lose();
  }
}

/** Registers the set-up of a `describe`; what it gives always acts on the desk of the test that runs. */
export function useDesk(make: MakeStore): Desk {
  let current: Desk | undefined;
  beforeEach(async () => {
    const under = await make();
    current = new Desk(under, (await under.store.acquire()).fence);
  });
  afterEach(() => current?.under.end());
  return new Proxy({} as Desk, {
    get: (_, name) => {
      const value: unknown = Reflect.get(current ?? {}, name, current);
      return typeof value === 'function' ? value.bind(current) : value;
    },
    set: (_, name, value) => Reflect.set(current ?? {}, name, value, current),
  });
}
