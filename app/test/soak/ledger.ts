/** What was answered positively, kept outside the product. */
export class Ledger {
  readonly orders = new Set<string>();
  readonly studies = new Set<string>();
  readonly runs = new Map<string, { readonly uid: string; readonly outcome: 'positive' | 'negative' }>();
  readonly acknowledged = new Map<string, number>();
  refused = 0;
}

export type Violation = { readonly invariant: string; readonly count: number; readonly examples: readonly string[] };

/** One line per broken invariant; an empty list is a pass. */
export const violation = (invariant: string, offenders: readonly string[]): Violation[] =>
  offenders.length === 0 ? [] : [{ invariant, count: offenders.length, examples: offenders.slice(0, 5) }];
