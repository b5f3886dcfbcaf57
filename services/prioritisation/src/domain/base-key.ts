import type { EpochMs, Stamp } from '@voorrang/kernel';
import type { OrderingFacts, Protocol } from '@voorrang/protocol';
import type { ProjectionContext } from './context.ts';
import { type Fact, isAfter } from './facts.ts';
import { best, type Placement, placementOf } from './placement.ts';
import type { StudyEntity } from './state.ts';

export type BasePlace = { readonly placement: Placement; readonly unscored: boolean };

/**
 * Place without AI: the best of all rules over all orders and versions of the visit. No rule, or a rule that cannot be evaluated,
 * puts the study at the safe place as well, and so does a run without images (`images` false).
 */
export function basePlace(
  facts: readonly OrderingFacts[],
  reference: EpochMs,
  images: boolean,
  site: string,
  protocol: Protocol,
  context: ProjectionContext,
): BasePlace {
  const held = new Set<Protocol['policy']['baseRules'][number]>();
  let failed = false;
  for (const rule of protocol.policy.baseRules) {
    for (const one of facts) {
      const result = rule.when.evaluate(one);
      if (!result.ok) failed = true;
      else if (result.value) {
        held.add(rule);
        break;
      }
    }
  }
  const placements = [...held].map((rule) => placementOf(rule, reference, site, protocol, context));
  const unscored = failed || held.size === 0 || !images;
  const safe = { ...protocol.policy.unscored, id: 'unscored' };
  const fallback = placementOf(safe, reference, site, protocol, context);
  if (unscored) placements.push(fallback);
  return { placement: best(placements) ?? fallback, unscored };
}

/**
 * Raises by people: the last word of each person that is not spent by an earlier reading. They are human, so they are part of the place without AI.
 * They only add a placement, so nobody can lower what another raised.
 */
export function raisePlaces(
  study: StudyEntity,
  after: Stamp | null,
  protocol: Protocol,
  context: ProjectionContext,
): readonly Placement[] {
  const byPerson = new Map<string, Fact<'study.raised'>>();
  for (const fact of study.facts) if (fact.type === 'study.raised') byPerson.set(fact.data.by, fact);
  return [...byPerson.values()].flatMap(({ data, stamp }) => {
    if (data.class === null || !isAfter(stamp, after)) return [];
    const rule = {
      id: 'person',
      band: protocol.policy.personBands[data.class],
      class: data.class,
      code: 'raised-by-person',
      text: { en: `Raised by ${data.by}: ${data.reason}`, nl: `Naar voren gehaald door ${data.by}: ${data.reason}` },
    };
    return [placementOf(rule, stamp.observedAt, study.site, protocol, context)];
  });
}
