import { faultPoint } from '@voorrang/kernel';
import { assertLimit, decodeCursor, encodeCursor } from '../cursor.ts';
import type {
  AppliedPositions,
  ApplyOutcome,
  Changes,
  ListRef,
  Page,
  RankedRow,
  StudyDocument,
  WorklistState,
  WorklistStore,
  WorklistWriter,
} from '../port.ts';
import { isDuplicate, mergePositions } from '../positions.ts';
import { assertStorable } from '../sort-key.ts';
import { Content } from './content.ts';

/** `forget` drops everything, as a restart does: the next write answers `lost`. */
export type InMemoryWorklistStore = WorklistStore & { forget(): void };

/** The worklist store of the embedded profile: writer and readers in one process. */
export const inMemoryWorklistStore = (): InMemoryWorklistStore => new MemoryStore();

class MemoryStore implements InMemoryWorklistStore {
  #fence = 0;
  #epoch: string | undefined;
  #positions: AppliedPositions = {};
  #revision = 0;
  #content = new Content(0);
  #building: { readonly content: Content; readonly revision: number } | undefined;
  #waking = false;
  readonly #listeners = new Set<() => void>();
  readonly health = { ok: true, detail: 'in memory' };

  async acquire(): ReturnType<WorklistWriter['acquire']> {
    this.#fence += 1;
    // An unfinished rebuild meant to replace what is here: the next writer must not build on it.
    const usable = this.#building === undefined;
    return {
      fence: this.#fence,
      epoch: usable ? (this.#epoch ?? null) : null,
      positions: usable ? this.#positions : {},
    };
  }

  async apply(change: Parameters<WorklistWriter['apply']>[0]): Promise<ApplyOutcome> {
    if (change.fence !== this.#fence) return { kind: 'fenced' };
    if (this.#epoch === undefined || change.epoch !== this.#epoch) return { kind: 'lost' };
    if (isDuplicate(this.#positions, change.positions)) return { kind: 'duplicate' };
    for (const one of change.changes) if (one.kind === 'put') assertStorable(one.document);
    for (const one of change.changes) {
      if (one.kind === 'put') this.#content.put(one.document, ++this.#revision);
      else if (this.#content.has(one.studyId)) this.#content.remove(one.studyId, ++this.#revision);
    }
    this.#positions = mergePositions(this.#positions, change.positions);
    faultPoint('worklist.applied');
    this.#wake();
    return { kind: 'applied', revision: this.#revision };
  }

  async beginRebuild(fence: number): Promise<ApplyOutcome> {
    if (fence !== this.#fence) return { kind: 'fenced' };
    this.#building = { content: new Content(this.#revision + 1), revision: this.#revision + 1 };
    this.#wake();
    return { kind: 'applied', revision: this.#revision };
  }

  async rebuild(fence: number, documents: readonly StudyDocument[]): Promise<ApplyOutcome> {
    if (fence !== this.#fence) return { kind: 'fenced' };
    if (this.#building === undefined) return { kind: 'lost' };
    for (const document of documents) assertStorable(document);
    for (const document of documents) this.#building.content.load(document, this.#building.revision);
    return { kind: 'applied', revision: this.#revision };
  }

  async finishRebuild(fence: number, positions: AppliedPositions, epoch: string): Promise<ApplyOutcome> {
    if (fence !== this.#fence) return { kind: 'fenced' };
    if (this.#building === undefined) return { kind: 'lost' };
    this.#content = this.#building.content;
    this.#revision = Math.max(this.#revision, this.#building.revision) + 1;
    this.#building = undefined;
    this.#positions = { ...positions };
    this.#epoch = epoch;
    faultPoint('worklist.applied');
    this.#wake();
    return { kind: 'applied', revision: this.#revision };
  }

  async page(list: ListRef, limit: number, cursor?: string): Promise<Page> {
    assertLimit(limit);
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const rows = this.#content.rows(list, after, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      revision: this.#revision,
      epoch: this.#epoch ?? '',
      state: this.#state(),
      total: this.#content.total(list),
      items,
      nextCursor: rows.length > limit && last ? encodeCursor(last.sortKey) : null,
    };
  }

  async study(studyId: string): ReturnType<WorklistStore['study']> {
    return this.#content.study(studyId);
  }

  async search(site: string, tokens: readonly string[], limit: number): Promise<readonly RankedRow[]> {
    assertLimit(limit);
    return this.#content.search(site, tokens, limit);
  }

  async changesSince(
    list: ListRef,
    since: { readonly epoch: string; readonly revision: number },
    limit: number,
  ): Promise<Changes> {
    assertLimit(limit);
    const at = { epoch: this.#epoch ?? '', revision: this.#revision };
    if (since.epoch !== at.epoch || since.revision > at.revision) return { kind: 'reset', ...at };
    const found = this.#content.changes(list, since.revision, limit + 1);
    if (found === undefined) return { kind: 'reset', ...at };
    const changes = found.slice(0, limit);
    const reached = found.length > limit ? (changes.at(-1)?.revision ?? at.revision) : at.revision;
    return { kind: 'changes', epoch: at.epoch, revision: reached, changes };
  }

  onChange(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async status(): ReturnType<WorklistStore['status']> {
    return {
      state: this.#state(),
      epoch: this.#epoch ?? '',
      revision: this.#revision,
      positions: this.#positions,
    };
  }

  forget(): void {
    this.#epoch = undefined;
    this.#positions = {};
    this.#revision = 0;
    this.#content = new Content(0);
    this.#building = undefined;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  #state(): WorklistState {
    return this.#epoch === undefined || this.#building !== undefined ? 'rebuilding' : 'current';
  }

  /** One call for all changes of a turn of the event loop. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
