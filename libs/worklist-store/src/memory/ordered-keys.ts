import type { SortKey } from '../port.ts';
import { compareKeys } from '../sort-key.ts';

const chunkLimit = 512;

/**
 * A sorted set of keys that tells positions: chunks of at most 512 keys under a Fenwick tree of their sizes.
 * Insert, delete and rank are O(log n) plus a shift within one chunk; a page is a slice. A split rebuilds the tree,
 * once in some 256 inserts. Chosen over a skip list or treap because a million keys cost 8 bytes each here, not a node each.
 */
export class OrderedKeys {
  #chunks: SortKey[][] = [];
  #tree = new Int32Array(1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a key that is not there yet; gives false when it is. */
  insert(key: SortKey): boolean {
    const at = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks = [[key]];
      this.#size = 1;
      this.#recount();
      return true;
    }
    const place = lowerBound(chunk, key);
    const there = chunk[place];
    if (there !== undefined && compareKeys(there, key) === 0) return false;
    chunk.splice(place, 0, key);
    this.#size += 1;
    if (chunk.length > chunkLimit) {
      this.#chunks.splice(at + 1, 0, chunk.splice(chunkLimit / 2));
      this.#recount();
    } else this.#add(at, 1);
    return true;
  }

  delete(key: SortKey): boolean {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const place = lowerBound(chunk, key);
    const there = chunk[place];
    if (there === undefined || compareKeys(there, key) !== 0) return false;
    chunk.splice(place, 1);
    this.#size -= 1;
    if (chunk.length === 0) {
      this.#chunks.splice(at, 1);
      this.#recount();
    } else this.#add(at, -1);
    return true;
  }

  /** How many keys stand before this one, whether or not it is there itself. */
  rank(key: SortKey): number {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    return this.#before(at) + (chunk === undefined ? 0 : lowerBound(chunk, key));
  }

  /** Up to `count` keys from the first one after `after` (or from the first of all), with the rank of the first. */
  slice(after: SortKey | undefined, count: number): { readonly first: number; readonly keys: readonly SortKey[] } {
    let at = after === undefined ? 0 : this.#chunkOf(after);
    let place = 0;
    const chunk = this.#chunks[at];
    if (after !== undefined && chunk !== undefined) {
      place = lowerBound(chunk, after);
      const there = chunk[place];
      if (there !== undefined && compareKeys(there, after) === 0) place += 1;
    }
    const first = this.#before(at) + place;
    const keys: SortKey[] = [];
    for (; keys.length < count; at += 1, place = 0) {
      const from = this.#chunks[at];
      if (from === undefined) break;
      for (const key of from.slice(place, place + count - keys.length)) keys.push(key);
    }
    return { first, keys };
  }

  /** The chunk whose last key is the first not below `key`; one past the end when all are below. */
  #chunkOf(key: SortKey): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && compareKeys(last, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Number of keys in the chunks before chunk `at`. */
  #before(at: number): number {
    let sum = 0;
    for (let i = at; i > 0; i -= i & -i) sum += this.#tree[i] ?? 0;
    return sum;
  }

  #add(chunk: number, by: number): void {
    for (let i = chunk + 1; i < this.#tree.length; i += i & -i) this.#tree[i] = (this.#tree[i] ?? 0) + by;
  }

  #recount(): void {
    const tree = new Int32Array(this.#chunks.length + 1);
    for (const [index, chunk] of this.#chunks.entries()) tree[index + 1] = chunk.length;
    for (let i = 1; i < tree.length; i += 1) {
      const parent = i + (i & -i);
      if (parent < tree.length) tree[parent] = (tree[parent] ?? 0) + (tree[i] ?? 0);
    }
    this.#tree = tree;
  }
}

/** Index of the first key of the chunk that is not below `key`. */
function lowerBound(chunk: readonly SortKey[], key: SortKey): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = chunk[middle];
    if (there !== undefined && compareKeys(there, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
