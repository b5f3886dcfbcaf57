import type { OpaqueKeys } from '@voorrang/kernel';

/** What of a study can be searched for. `birthDate` is `YYYY-MM-DD`; `name` as in the row, in any script. */
export type Searchable = {
  readonly name: string | null;
  readonly patientId: string | null;
  readonly accessionNumbers: readonly string[];
  readonly birthDate: string | null;
};

/** What a person types. All given parts must match. `birthDate` as `YYYY-MM-DD`, `YYYYMMDD` or `DD-MM-YYYY`. */
export type SearchQuery = {
  readonly name?: string | undefined;
  readonly patientId?: string | undefined;
  readonly accessionNumber?: string | undefined;
  readonly birthDate?: string | undefined;
};

/** Lengths of the name prefixes that have a token. Two, so that an index of a million studies stays small; the rest is filtered on the rows found. */
const shortPrefix = 3;
const longPrefix = 5;

/** The opaque tokens of one study: equal text of two sites gives different tokens. */
export function rowSearchTokens(keys: OpaqueKeys, site: string, row: Searchable): readonly string[] {
  const tokens = new Set<string>();
  for (const word of nameWords(row.name ?? ''))
    for (const prefix of prefixesOf(word)) tokens.add(keys.of('token', site, 'name', prefix));
  if (row.patientId) tokens.add(keys.of('token', site, 'id', normalNumber(row.patientId)));
  for (const number of row.accessionNumbers) tokens.add(keys.of('token', site, 'accession', normalNumber(number)));
  const birthDate = normalDate(row.birthDate ?? '');
  if (birthDate) tokens.add(keys.of('token', site, 'birth', birthDate));
  return [...tokens];
}

/**
 * The tokens that a study must carry all of to match. Empty when the query holds nothing that can be searched for.
 * Name words are tried by a prefix only: the caller filters what comes back with `matchesName`.
 */
export function querySearchTokens(keys: OpaqueKeys, site: string, query: SearchQuery): readonly string[] {
  const tokens = new Set<string>();
  for (const word of nameWords(query.name ?? '')) {
    const prefix = [...word].length >= longPrefix ? longPrefix : shortPrefix;
    tokens.add(keys.of('token', site, 'name', [...word].slice(0, prefix).join('')));
  }
  if (query.patientId?.trim()) tokens.add(keys.of('token', site, 'id', normalNumber(query.patientId)));
  if (query.accessionNumber?.trim())
    tokens.add(keys.of('token', site, 'accession', normalNumber(query.accessionNumber)));
  // A date that cannot be read must match nothing rather than be left out of the question.
  if (query.birthDate?.trim())
    tokens.add(keys.of('token', site, 'birth', normalDate(query.birthDate) ?? query.birthDate.trim()));
  return [...tokens];
}

/** Whether every word asked for begins a word of the name. */
export function matchesName(name: string | null, asked: string): boolean {
  const words = nameWords(name ?? '');
  return nameWords(asked).every((part) => words.some((word) => word.startsWith(part)));
}

/** Lower case without diacritics, cut at everything that is no letter or digit (`^` and `=` of PN included, PS3.5 §6.2). */
const nameWords = (name: string): string[] =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

function prefixesOf(word: string): string[] {
  const letters = [...word];
  return [letters.slice(0, shortPrefix).join(''), letters.slice(0, longPrefix).join('')];
}

const normalNumber = (text: string): string => text.normalize('NFKC').trim().toUpperCase();

function normalDate(text: string): string | undefined {
  const parts =
    /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text.trim()) ??
    /^(?<d>\d{1,2})[-/.](?<m>\d{1,2})[-/.](?<y>\d{4})$/.exec(text.trim());
  if (!parts) return undefined;
  const { y, m, d } = parts.groups ?? { y: parts[1], m: parts[2], d: parts[3] };
  return `${y}-${m?.padStart(2, '0')}-${d?.padStart(2, '0')}`;
}
