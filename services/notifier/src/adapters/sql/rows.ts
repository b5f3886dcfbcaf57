import type { FactsDocument } from '../../domain/facts-document.ts';

/** A `document` column; an absent row is an empty document. */
export const documentOf = (text: string | undefined): FactsDocument =>
  text === undefined ? {} : (JSON.parse(text) as FactsDocument);

export const jsonOf = <T>(text: string): T => JSON.parse(text) as T;
