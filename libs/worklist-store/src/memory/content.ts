import type { Change, ListRef, RankedRow, SortKey, StudyDocument } from '../port.ts';
import { ChangeFeed } from './change-feed.ts';
import { OrderedKeys } from './ordered-keys.ts';

type Stored = { readonly document: StudyDocument; readonly revision: number };
type List = { readonly byKey: OrderedKeys; readonly byBase: OrderedKeys; readonly feed: ChangeFeed };

/** One generation of the worklist: documents, both orders and the feed per list, and the search index. */
export class Content {
  readonly #studies = new Map<string, Stored>();
  readonly #lists = new Map<string, List>();
  readonly #tokens = new Map<string, Set<string>>();
  readonly #floor: number;

  /** `floor`: the revision at which this content begins; feeds reach back no further. */
  constructor(floor: number) {
    this.#floor = floor;
  }

  put(document: StudyDocument, revision: number): void {
    const before = this.#studies.get(document.row.studyId)?.document.row;
    this.load(document, revision);
    if (before && listKey(before) !== listKey(document.row)) this.#list(before).feed.add(before.studyId, revision);
    this.#list(document.row).feed.add(document.row.studyId, revision);
  }

  /** As `put`, without telling the feed: for content that nobody has read yet. */
  load(document: StudyDocument, revision: number): void {
    const { row } = document;
    const before = this.#studies.get(row.studyId)?.document;
    if (before) this.#unlink(before);
    const list = this.#list(row);
    list.byKey.insert(document.key);
    list.byBase.insert(document.baseKey);
    for (const token of document.searchTokens) {
      const holders = this.#tokens.get(tokenKey(row.site, token)) ?? new Set();
      this.#tokens.set(tokenKey(row.site, token), holders.add(row.studyId));
    }
    this.#studies.set(row.studyId, { document, revision });
  }

  has(studyId: string): boolean {
    return this.#studies.has(studyId);
  }

  remove(studyId: string, revision: number): void {
    const before = this.#studies.get(studyId)?.document;
    if (!before) return;
    this.#unlink(before);
    this.#studies.delete(studyId);
    this.#list(before.row).feed.add(studyId, revision);
  }

  total(ref: ListRef): number {
    return this.#lists.get(listKey(ref))?.byKey.size ?? 0;
  }

  /** Up to `count` rows after a key, in reading order. */
  rows(ref: ListRef, after: SortKey | undefined, count: number): readonly RankedRow[] {
    const list = this.#lists.get(listKey(ref));
    if (!list) return [];
    const { first, keys } = list.byKey.slice(after, count);
    return keys.flatMap((key, index) => {
      const stored = this.#studies.get(studyIdOf(key));
      return stored ? [ranked(stored, first + index, list.byBase.rank(stored.document.baseKey))] : [];
    });
  }

  study(studyId: string): { readonly document: StudyDocument; readonly ranked: RankedRow } | undefined {
    const stored = this.#studies.get(studyId);
    if (!stored) return undefined;
    const { byKey, byBase } = this.#list(stored.document.row);
    const { document } = stored;
    return { document, ranked: ranked(stored, byKey.rank(document.key), byBase.rank(document.baseKey)) };
  }

  search(site: string, tokens: readonly string[], limit: number): readonly RankedRow[] {
    const sets = tokens.map((token) => this.#tokens.get(tokenKey(site, token)) ?? new Set<string>());
    const [smallest, ...others] = sets.sort((a, b) => a.size - b.size);
    if (!smallest) return [];
    return [...smallest]
      .filter((id) => others.every((set) => set.has(id)))
      .flatMap((id) => this.study(id) ?? [])
      .sort((a, b) => (a.document.key.member > b.document.key.member ? -1 : 1))
      .slice(0, limit)
      .map((found) => found.ranked);
  }

  /** Newest state of what changed in a list after a revision; `undefined` when the feed no longer reaches that far. */
  changes(ref: ListRef, revision: number, limit: number): readonly Change[] | undefined {
    const list = this.#lists.get(listKey(ref));
    if (!list) return revision < this.#floor ? undefined : [];
    return list.feed.since(revision, limit)?.map((entry): Change => {
      const row = this.study(entry.studyId)?.ranked;
      return row && listKey(row) === listKey(ref)
        ? { kind: 'row', revision: entry.revision, row }
        : { kind: 'gone', revision: entry.revision, studyId: entry.studyId };
    });
  }

  #unlink(document: StudyDocument): void {
    const { row, key, baseKey, searchTokens } = document;
    const list = this.#list(row);
    list.byKey.delete(key);
    list.byBase.delete(baseKey);
    for (const token of searchTokens) {
      const holders = this.#tokens.get(tokenKey(row.site, token));
      holders?.delete(row.studyId);
      if (holders?.size === 0) this.#tokens.delete(tokenKey(row.site, token));
    }
  }

  #list(ref: ListRef): List {
    const known = this.#lists.get(listKey(ref));
    if (known) return known;
    const list = { byKey: new OrderedKeys(), byBase: new OrderedKeys(), feed: new ChangeFeed(this.#floor) };
    this.#lists.set(listKey(ref), list);
    return list;
  }
}

const listKey = (ref: ListRef): string => `${ref.site}/${ref.list}`;
const tokenKey = (site: string, token: string): string => `${site}/${token}`;
const studyIdOf = (key: SortKey): string => key.member.slice(key.member.indexOf(':') + 1);

const ranked = ({ document, revision }: Stored, rank: number, rankWithoutAi: number): RankedRow => ({
  ...document.row,
  rank: rank + 1,
  rankWithoutAi: rankWithoutAi + 1,
  revision,
  sortKey: document.key,
  baseSortKey: document.baseKey,
});
