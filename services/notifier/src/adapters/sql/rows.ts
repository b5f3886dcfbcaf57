import type { Stamp } from '@voorrang/kernel';
import type { FactsDocument } from '../../domain/facts-document.ts';

/** A `document` column; an absent row is an empty document. */
export const documentOf = (text: string | undefined): FactsDocument =>
  text === undefined ? {} : (JSON.parse(text) as FactsDocument);

export const jsonOf = <T>(text: string): T => JSON.parse(text) as T;

/** A word on whether the reading of an order has ended with a report. */
export type ReportWord = { readonly ends: boolean; readonly stamp: Stamp };
