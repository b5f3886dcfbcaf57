import type { ListRef, SortKey, StudyChange, StudyDocument } from '../port.ts';

/** What every adapter must agree with: a map, sorted anew for each question. */
export class NaiveModel {
  readonly studies = new Map<string, StudyDocument>();

  apply(changes: readonly StudyChange[]): void {
    for (const change of changes)
      if (change.kind === 'put') this.studies.set(change.document.row.studyId, change.document);
      else this.studies.delete(change.studyId);
  }

  list(ref: ListRef): readonly { readonly studyId: string; readonly rank: number; readonly rankWithoutAi: number }[] {
    const own = [...this.studies.values()].filter(({ row }) => row.site === ref.site && row.list === ref.list);
    const base = own.toSorted((a, b) => compareBytes(a.baseKey, b.baseKey)).map((one) => one.row.studyId);
    return own
      .toSorted((a, b) => compareBytes(a.key, b.key))
      .map(({ row }, index) => ({
        studyId: row.studyId,
        rank: index + 1,
        rankWithoutAi: base.indexOf(row.studyId) + 1,
      }));
  }

  withTokens(site: string, tokens: readonly string[]): readonly string[] {
    return [...this.studies.values()]
      .filter(({ row, searchTokens }) => row.site === site && tokens.every((token) => searchTokens.includes(token)))
      .toSorted((a, b) => Buffer.compare(Buffer.from(b.key.member), Buffer.from(a.key.member)))
      .map(({ row }) => row.studyId);
  }
}

const compareBytes = (a: SortKey, b: SortKey): number =>
  a.score - b.score || Buffer.compare(Buffer.from(a.member), Buffer.from(b.member));
