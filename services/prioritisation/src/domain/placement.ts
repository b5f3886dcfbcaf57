import type { UrgencyClass } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Bilingual, OrderingRule, Protocol } from '@voorrang/protocol';
import { type ProjectionContext, timeZoneOf } from './context.ts';
import { scoreOf } from './sort-key.ts';

/** A place that a rule, a person or the safe fallback gives a study. */
export type Placement = {
  readonly score: number;
  readonly band: number;
  readonly class: UrgencyClass;
  readonly dueAt: EpochMs;
  /** Begin of the wait: reference time, result, or raise. */
  readonly from: EpochMs;
  readonly code: string;
  readonly ruleId: string;
  readonly text: Bilingual;
  readonly protocol: Protocol;
};

type Rule = Pick<OrderingRule<never>, 'band' | 'class' | 'code' | 'text'> & { readonly id: string };

export function placementOf(
  rule: Rule,
  from: EpochMs,
  site: string,
  protocol: Protocol,
  context: ProjectionContext,
  text: Bilingual = rule.text,
): Placement {
  const { target } = protocol.policy.classes[rule.class];
  const dueAt = context.dueAt(from, target, timeZoneOf(protocol, site));
  return {
    score: scoreOf(rule.band, dueAt),
    band: rule.band,
    class: rule.class,
    dueAt,
    from,
    code: rule.code,
    ruleId: rule.id,
    text,
    protocol,
  };
}

/** Latest begin of reading for a placement. */
export const maximumWaitOf = (placement: Placement, site: string, context: ProjectionContext): EpochMs =>
  context.dueAt(
    placement.from,
    placement.protocol.policy.classes[placement.class].maximum,
    timeZoneOf(placement.protocol, site),
  );

/** Smallest score first; among equals the rule that comes first by its id, so that the reason does not depend on chance. */
export const comparePlacements = (a: Placement, b: Placement): number =>
  a.score - b.score || (a.ruleId < b.ruleId ? -1 : a.ruleId > b.ruleId ? 1 : 0);

export function best(placements: readonly Placement[]): Placement | null {
  let found: Placement | null = null;
  for (const one of placements) if (found === null || comparePlacements(one, found) < 0) found = one;
  return found;
}
