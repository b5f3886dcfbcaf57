import { compareStamps, type Stamp } from '@voorrang/kernel';

/** A merge of one patient into another, or its undoing. */
export type MergeWord = {
  readonly prior: string;
  readonly survivor: string;
  readonly undone: boolean;
  readonly stamp: Stamp;
};

/**
 * Who stands for whom after these words, whatever order they came in. The last word on an id counts: a later merge moves its pointer, an undoing of the
 * merge that its pointer comes from lets it stand for itself again. A merge that would close a circle is refused, and an undoing that names
 * another survivor undoes nothing.
 */
export function mergePointers(words: readonly MergeWord[]): ReadonlyMap<string, string> {
  const into = new Map<string, string>();
  for (const { prior, survivor, undone } of words.toSorted((a, b) => compareStamps(a.stamp, b.stamp))) {
    if (!undone && !leadsTo(into, survivor, prior)) into.set(prior, survivor);
    if (undone && into.get(prior) === survivor) into.delete(prior);
  }
  return into;
}

function leadsTo(into: ReadonlyMap<string, string>, from: string, to: string): boolean {
  for (let at: string | undefined = from; at !== undefined; at = into.get(at)) if (at === to) return true;
  return false;
}
