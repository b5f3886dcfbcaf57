import type { UrgencyClass } from '@voorrang/contracts';

const order: Readonly<Record<UrgencyClass, number>> = { acute: 0, emergency: 1, urgent: 2, routine: 3 };

/** What a person's earlier raise of the study says, and of which reading it is; `undefined` when there was none. */
export type OwnRaise = { readonly class: UrgencyClass | null; readonly reading: string } | undefined;

/** A reading spends the raises before it: a study that a late series brings back has none. A row that lags behind shows an older reading. */
export const raiseInReading = (own: OwnRaise, reading: string): OwnRaise =>
  own === undefined || reading > own.reading ? undefined : own;

export type RaiseDecision =
  | { readonly kind: 'raise' | 'undo' | 'unchanged' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * A person raises, upwards only, and undoes nothing but a raise of their own (design section 5.3). `asked: null` undoes.
 * The measure is the class without AI: a raise must stand when the run that raised the study too is withdrawn.
 */
export function decideRaise(withoutAi: UrgencyClass | null, own: OwnRaise, asked: UrgencyClass | null): RaiseDecision {
  if (asked === null) {
    if (own === undefined) return { kind: 'refused', reason: 'there is no raise of yours to undo' };
    return { kind: own.class === null ? 'unchanged' : 'undo' };
  }
  if (own?.class === asked) return { kind: 'unchanged' };
  if (withoutAi !== null && order[asked] >= order[withoutAi])
    return {
      kind: 'refused',
      reason: `the study is at least ${withoutAi} already, AI aside; it can only be raised above that`,
    };
  return { kind: 'raise' };
}
