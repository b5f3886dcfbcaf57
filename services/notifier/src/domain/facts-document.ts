import { compareStamps, type Stamp } from '@voorrang/kernel';

type Value = string | number | boolean;
/** Fields of one thing, each with the stamp of the fact that told it: the last writer by stamp wins, whatever came first. */
export type FactsDocument = Readonly<Record<string, { readonly value: Value; readonly stamp: Stamp }>>;

export const emptyDocument: FactsDocument = {};

/** Folds what one fact told. `null` means that it did not say. Gives the same document when nothing changed. */
export function foldFields(
  document: FactsDocument,
  stamp: Stamp,
  fields: Readonly<Record<string, Value | null | undefined>>,
): FactsDocument {
  const changed: Record<string, FactsDocument[string]> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    const before = document[name];
    if (before === undefined || compareStamps(stamp, before.stamp) > 0) changed[name] = { value, stamp };
  }
  return Object.keys(changed).length === 0 ? document : { ...document, ...changed };
}

/** Of each field the newest value over several documents of one thing. */
export const joinDocuments = (documents: readonly FactsDocument[]): FactsDocument =>
  documents.reduce((joined, document) =>
    Object.entries(document).reduce(
      (known, [name, { value, stamp }]) => foldFields(known, stamp, { [name]: value }),
      joined,
    ),
  );

/** The newest value of a field over several documents. */
export function newestField(documents: readonly FactsDocument[], name: string): Value | undefined {
  return documents
    .flatMap((document) => document[name] ?? [])
    .toSorted((a, b) => compareStamps(b.stamp, a.stamp))
    .at(0)?.value;
}

export const textField = (documents: readonly FactsDocument[], name: string): string => {
  const value = newestField(documents, name);
  return typeof value === 'string' ? value : '';
};

/** Stamp of the newest fact in a document. */
export const newestStamp = (document: FactsDocument): Stamp =>
  Object.values(document)
    .map(({ stamp }) => stamp)
    .toSorted((a, b) => compareStamps(b, a))
    .at(0) ?? { observedAt: 0, ingestId: '', seq: 0 };
