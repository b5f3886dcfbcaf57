import type { Row } from '@voorrang/contracts';

/** Ascending by score, then by the bytes of member: the same order as every store. */
export type SortKey = { readonly score: number; readonly member: string };
export type LiveRow = Row & { readonly sortKey?: SortKey; readonly baseSortKey?: SortKey };

export type ListPage = {
  readonly revision: number;
  readonly generatedAt: unknown;
  readonly total: number;
  readonly state: 'current' | 'rebuilding';
  /** The store is away and this is the last page that it gave. */
  readonly stale?: boolean;
  readonly items: readonly LiveRow[];
  readonly nextCursor?: string | null;
  readonly epoch?: string;
};

export type LiveChange =
  | { readonly kind: 'row'; readonly revision: number; readonly row: LiveRow }
  | { readonly kind: 'gone'; readonly revision: number; readonly studyId: string };

/** What the page knows of one list. `complete`: every row is here, so places can be counted here. */
export type LiveList = {
  readonly epoch: string | null;
  readonly revision: number;
  readonly total: number;
  readonly complete: boolean;
  readonly rows: ReadonlyMap<string, LiveRow>;
};

export const emptyList: LiveList = { epoch: null, revision: -1, total: 0, complete: false, rows: new Map() };

/** A list from its pages, first page first. A row that moved while they were read may come twice: the newer revision counts. */
export function listOfPages(pages: readonly ListPage[]): LiveList {
  const rows = new Map<string, LiveRow>();
  for (const row of pages.flatMap(({ items }) => items)) {
    if (row.revision >= (rows.get(row.studyId)?.revision ?? -1)) rows.set(row.studyId, row);
  }
  const [first] = pages;
  return {
    epoch: first?.epoch ?? null,
    revision: Math.min(...pages.map(({ revision }) => revision)),
    total: pages.at(-1)?.total ?? 0,
    complete: !pages.at(-1)?.nextCursor,
    rows,
  };
}

/**
 * One change of the feed. An older one than what is known of that study changes nothing, so replays and overlap with the pages do no harm.
 * In a list that is not complete, rows beyond the last known place are left out.
 */
export function applyChange(list: LiveList, change: LiveChange): LiveList {
  const studyId = change.kind === 'row' ? change.row.studyId : change.studyId;
  const known = list.rows.get(studyId);
  const revision = Math.max(list.revision, change.revision);
  if (known !== undefined && change.revision < known.revision) return { ...list, revision };
  if (change.kind === 'gone') {
    if (known === undefined) return { ...list, revision };
    const rows = new Map(list.rows);
    rows.delete(studyId);
    return { ...list, revision, rows, total: Math.max(rows.size, list.total - 1) };
  }
  const total = known === undefined ? list.total + 1 : list.total;
  if (known === undefined && !list.complete && isBeyond(list, change.row)) return { ...list, revision, total };
  const rows = new Map(list.rows).set(studyId, change.row);
  return { ...list, revision, rows, total: Math.max(total, rows.size) };
}

const isBeyond = (list: LiveList, row: LiveRow): boolean =>
  [...list.rows.values()].every((known) => compareRows(known, row) < 0);

const compareKeys = (a: SortKey, b: SortKey): number =>
  a.score !== b.score ? a.score - b.score : a.member < b.member ? -1 : a.member > b.member ? 1 : 0;

export function compareRows(a: LiveRow, b: LiveRow): number {
  return a.sortKey !== undefined && b.sortKey !== undefined ? compareKeys(a.sortKey, b.sortKey) : a.rank - b.rank;
}

/** Rows in reading order. With the whole list here, places with and without AI are counted here: an event tells only the rows that changed. */
export function rowsInOrder(list: LiveList): readonly LiveRow[] {
  const rows = [...list.rows.values()].sort(compareRows);
  if (!list.complete) return rows;
  const withoutAi = new Map<string, number>();
  const keyed = rows.every(({ baseSortKey }) => baseSortKey !== undefined);
  if (keyed) {
    rows
      .toSorted((a, b) => (a.baseSortKey && b.baseSortKey ? compareKeys(a.baseSortKey, b.baseSortKey) : 0))
      .forEach(({ studyId }, index) => void withoutAi.set(studyId, index + 1));
  }
  return rows.map((row, index) => ({
    ...row,
    rank: index + 1,
    rankWithoutAi: withoutAi.get(row.studyId) ?? row.rankWithoutAi,
  }));
}

/** How places changed between two orders, for the highlight: only studies that overtook or were overtaken by a jump, not those that shifted along. */
export type Move = { readonly kind: 'up' | 'down'; readonly from: number } | { readonly kind: 'fresh' };

export function movesBetween(before: readonly string[], after: readonly string[]): ReadonlyMap<string, Move> {
  const moves = new Map<string, Move>();
  const place = new Map(before.map((id, index) => [id, index]));
  const known = after.filter((id) => place.has(id));
  const stay = longestCommonOrder(known.flatMap((id) => place.get(id) ?? []));
  const still = new Set(known);
  const rankBefore = new Map(before.filter((id) => still.has(id)).map((id, index) => [id, index]));
  const rankAfter = new Map(known.map((id, index) => [id, index]));
  for (const id of after) {
    const from = place.get(id);
    if (from === undefined) moves.set(id, { kind: 'fresh' });
    else if (!stay.has(from)) {
      const isUp = (rankAfter.get(id) ?? 0) < (rankBefore.get(id) ?? 0);
      moves.set(id, { kind: isUp ? 'up' : 'down', from: from + 1 });
    }
  }
  return moves;
}

/** Members of a longest increasing subsequence: the rows that kept their order among each other. */
function longestCommonOrder(places: readonly number[]): ReadonlySet<number> {
  const tails: number[] = [];
  const previous = new Map<number, number | undefined>();
  for (const place of places) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tails[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    previous.set(place, tails[low - 1]);
    tails[low] = place;
  }
  const members = new Set<number>();
  for (let at = tails.at(-1); at !== undefined; at = previous.get(at)) members.add(at);
  return members;
}
