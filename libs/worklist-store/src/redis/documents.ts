import type { RankedRow, StudyDocument } from '../port.ts';

/** What a script gives of one study: `{study, index, row, rank, rank without AI}`; the index is text lines, see `shared.lua`. */
export type RankedReply = readonly [study: string, index: string, row: string, rank: number, rankWithoutAi: number];

type Rest = Pick<StudyDocument, 'detail' | 'timeline' | 'searchTokens'>;

/** The nine arguments of one document, in the order of `document_at` in `shared.lua`. */
export function argumentsOf(document: StudyDocument): string[] {
  const { row, key, baseKey, searchTokens, detail, timeline } = document;
  const rest: Rest = { detail, timeline, searchTokens };
  return [
    row.studyId,
    row.site,
    row.list,
    String(key.score),
    key.member,
    String(baseKey.score),
    searchTokens.join(','),
    JSON.stringify(row),
    JSON.stringify(rest),
  ];
}

export function rankedOf([, index, row, rank, rankWithoutAi]: RankedReply): RankedRow {
  const { key, baseKey, revision } = indexOf(index);
  return {
    ...(JSON.parse(row) as StudyDocument['row']),
    rank: rank + 1,
    rankWithoutAi: rankWithoutAi + 1,
    revision,
    sortKey: key,
    baseSortKey: baseKey,
  };
}

export function documentFrom([, index, row]: RankedReply, rest: string): StudyDocument {
  const { key, baseKey } = indexOf(index);
  return { row: JSON.parse(row) as StudyDocument['row'], key, baseKey, ...(JSON.parse(rest) as Rest) };
}

function indexOf(text: string): Pick<StudyDocument, 'key' | 'baseKey'> & { readonly revision: number } {
  const [, , score, member = '', baseScore, revision] = text.split('\n');
  return {
    key: { score: Number(score), member },
    baseKey: { score: Number(baseScore), member },
    revision: Number(revision),
  };
}
