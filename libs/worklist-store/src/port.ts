import type { ListName, Row, StudyDetail, TimelineEntry } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';

/**
 * Sort key of the list (design section 5): ascending by score, then by the bytes of member. Score is a whole number from 0 to 2^53 - 1;
 * member is printable ASCII that ends in `:studyId` and is the same in `key` and `baseKey`. `sortKeyOf` makes both.
 */
export type SortKey = { readonly score: number; readonly member: string };

/** A row as the writer gives it. Rank, rank without AI and revision are the store's to tell. */
export type StoredRow = Omit<Row, 'rank' | 'rankWithoutAi' | 'revision'>;

/** All that the store keeps of one study. `searchTokens` are opaque. */
export type StudyDocument = {
  readonly row: StoredRow;
  readonly key: SortKey;
  /** Key without any AI: `rankWithoutAi` is the position in the same list ordered by these. */
  readonly baseKey: SortKey;
  readonly searchTokens: readonly string[];
  readonly detail: Omit<StudyDetail, 'row'>;
  readonly timeline: readonly TimelineEntry[];
};

export type StudyChange =
  | { readonly kind: 'put'; readonly document: StudyDocument }
  | { readonly kind: 'remove'; readonly site: string; readonly studyId: string };

/**
 * Applied position per `${topic}/${partition}`: offset of the next record to handle. Never goes back.
 * An apply that names none (a timed change) is never a duplicate.
 */
export type AppliedPositions = Readonly<Record<string, number>>;

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly revision: number }
  /** Every named position is already at or past the given one: nothing was changed. */
  | { readonly kind: 'duplicate' }
  /** A later writer has taken over: this process must stop writing. */
  | { readonly kind: 'fenced' }
  /** The store has lost its content (restart without data, FLUSHALL, failover): rebuild, then go on. */
  | { readonly kind: 'lost' };

/**
 * What the prioritisation service writes through; the only writer.
 * One `apply` is atomic: rows, both sorted sets, search index, change feed and positions, or nothing.
 */
export interface WorklistWriter {
  /**
   * Takes over writing: a token that grows with each call fences all earlier writers. Also tells what the store holds;
   * `epoch: null` when it holds nothing, or when an earlier writer died in a rebuild: then rebuild before anything else.
   */
  acquire(): Promise<{ readonly fence: number; readonly epoch: string | null; readonly positions: AppliedPositions }>;
  /** `epoch` is the one that `acquire` or `finishRebuild` told; another one in the store means `lost`. */
  apply(change: {
    readonly fence: number;
    readonly epoch: string;
    readonly positions: AppliedPositions;
    readonly changes: readonly StudyChange[];
  }): Promise<ApplyOutcome>;
  /** From here on readers see `rebuilding`. What was there stays readable until `finishRebuild` replaces it. */
  beginRebuild(fence: number): Promise<ApplyOutcome>;
  /** Adds to the new content; any number of calls. Not visible as `current` before `finishRebuild`. */
  rebuild(fence: number, documents: readonly StudyDocument[]): Promise<ApplyOutcome>;
  /** Swaps the new content in with its positions under a new epoch; subscribers get a reset. */
  finishRebuild(fence: number, positions: AppliedPositions, epoch: string): Promise<ApplyOutcome>;
}

export type WorklistState = 'current' | 'rebuilding';

export type Page = {
  readonly revision: number;
  readonly epoch: string;
  readonly state: WorklistState;
  readonly total: number;
  readonly items: readonly RankedRow[];
  readonly nextCursor: string | null;
};

/** The row with what the store adds. `sortKey` lets a client place a changed row without asking again. */
export type RankedRow = Row & { readonly sortKey: SortKey; readonly baseSortKey: SortKey };

export type ListRef = { readonly site: string; readonly list: ListName };

export type Change =
  | { readonly kind: 'row'; readonly revision: number; readonly row: RankedRow }
  /** The study has left this list (read, moved to another list, removed). */
  | { readonly kind: 'gone'; readonly revision: number; readonly studyId: string };

export type Changes =
  | { readonly kind: 'changes'; readonly epoch: string; readonly revision: number; readonly changes: readonly Change[] }
  /** `since` is of another epoch or older than the feed keeps: read the list again. */
  | { readonly kind: 'reset'; readonly epoch: string; readonly revision: number };

/** What the worklist service reads through. Errors: `VRG_STORE_UNAVAILABLE` (transient). */
export interface WorklistReader {
  /** Reading order; `cursor` is keyset: opaque text from the page before. Limit 1 to 500. */
  page(list: ListRef, limit: number, cursor?: string): Promise<Page>;
  study(studyId: string): Promise<{ readonly document: StudyDocument; readonly ranked: RankedRow } | undefined>;
  /** Studies that carry all of the opaque tokens, newest first, at most `limit`. */
  search(site: string, tokens: readonly string[], limit: number): Promise<readonly RankedRow[]>;
  /** Changes of one list after a revision, at most `limit`, coalesced per study. */
  changesSince(
    list: ListRef,
    since: { readonly epoch: string; readonly revision: number },
    limit: number,
  ): Promise<Changes>;
  /** Calls back soon after a change of any list; may call back without one. Ends with the returned function. */
  onChange(listener: () => void): () => void;
  status(): Promise<{
    readonly state: WorklistState;
    readonly epoch: string;
    readonly revision: number;
    readonly positions: AppliedPositions;
  }>;
  readonly health: { readonly ok: boolean; readonly detail: string };
}

export type WorklistStore = WorklistWriter & WorklistReader & { close(): Promise<void> };

/** Longest an unread change stays in the feed. */
export const feedLength = 10_000;
/** Largest age of anything in a sort key: the year 2100 must fit. */
export const latestInstant: EpochMs = Date.UTC(2101, 0, 1);
