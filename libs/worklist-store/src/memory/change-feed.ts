import { feedLength } from '../port.ts';

/**
 * Which studies of one list changed at which revision, the newest change of a study only, at most `feedLength` studies.
 * Revisions are added in growing order.
 */
export class ChangeFeed {
  #entries: { readonly revision: number; readonly studyId: string }[] = [];
  readonly #latest = new Map<string, number>();
  /** Changes up to here may have been forgotten. */
  #floor: number;

  constructor(floor: number) {
    this.#floor = floor;
  }

  add(studyId: string, revision: number): void {
    this.#latest.delete(studyId);
    this.#latest.set(studyId, revision);
    this.#entries.push({ revision, studyId });
    if (this.#latest.size > feedLength) {
      const [oldest] = this.#latest;
      if (oldest !== undefined) {
        this.#latest.delete(oldest[0]);
        this.#floor = oldest[1];
      }
    }
    if (this.#entries.length > 2 * feedLength)
      this.#entries = this.#entries.filter((entry) => this.#latest.get(entry.studyId) === entry.revision);
  }

  /** Changed studies after `revision`, oldest change first, at most `limit`; `undefined` when the feed no longer reaches that far. */
  since(
    revision: number,
    limit: number,
  ): readonly { readonly revision: number; readonly studyId: string }[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    const found: { readonly revision: number; readonly studyId: string }[] = [];
    for (let i = low; i < this.#entries.length && found.length < limit; i += 1) {
      const entry = this.#entries[i];
      if (entry !== undefined && this.#latest.get(entry.studyId) === entry.revision) found.push(entry);
    }
    return found;
  }
}
