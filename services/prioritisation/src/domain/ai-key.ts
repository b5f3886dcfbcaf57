import type { Bilingual, FindingFacts, OrderingFacts, Protocol } from '@voorrang/protocol';
import { type ProjectionContext, protocolAt } from './context.ts';
import { hasEffect } from './detector-state.ts';
import { isAfter } from './facts.ts';
import { findingName } from './finding-names.ts';
import { type Placement, placementOf } from './placement.ts';
import type { Reading } from './reading.ts';
import type { RunState } from './runs.ts';
import type { StudyEntity, WorklistState } from './state.ts';

type Finding = RunState['run']['findings'][number];

/**
 * Places that detectors give: only positive findings of runs that count, that came before a suspension of their detector, first heard of in this reading.
 * Each is judged by the protocol in force when its result came, and is due from that moment. They are added to the base place, never instead of it (P2).
 */
export function aiPlaces(
  state: WorklistState,
  study: StudyEntity,
  live: readonly RunState[],
  reading: Reading,
  facts: readonly OrderingFacts[],
  context: ProjectionContext,
): readonly Placement[] {
  return live.flatMap((one) => {
    const { fact, run } = one;
    if (run.status !== 'completed' || !isAfter(fact.stamp, reading.before)) return [];
    if (!hasEffect(state, study, one, context)) return [];
    const protocol = protocolAt(state, context, fact.stamp);
    return run.findings
      .filter(({ outcome }) => outcome === 'positive')
      .flatMap((finding) => placesOf(study, finding, run.detector.id, fact.stamp.observedAt, facts, protocol, context));
  });
}

function placesOf(
  study: StudyEntity,
  finding: Finding,
  detector: string,
  resultAt: number,
  facts: readonly OrderingFacts[],
  protocol: Protocol,
  context: ProjectionContext,
): readonly Placement[] {
  const seen = facts.map((one) => findingFacts(one, finding, detector));
  return protocol.policy.aiRules
    .filter((rule) => seen.some((one) => holds(rule.when.evaluate(one))))
    .map((rule) =>
      placementOf(rule, resultAt, study.site, protocol, context, named(rule.text, finding, detector, protocol)),
    );
}

/** An AI rule that cannot be evaluated raises nothing; the study keeps its place without AI. */
const holds = (result: { readonly ok: boolean; readonly value?: boolean }): boolean =>
  result.ok && result.value === true;

export function findingFacts(facts: OrderingFacts, finding: Finding, detector: string): FindingFacts {
  return {
    ...facts,
    finding: {
      code: finding.finding,
      outcome: finding.outcome,
      severity: finding.severity ?? '',
      confidence: finding.confidence ?? -1,
      location: finding.location ?? '',
      measurements: Object.fromEntries((finding.measurements ?? []).map(({ code, value }) => [code, value])),
    },
    detector: { id: detector },
  };
}

function named(text: Bilingual, { finding }: Finding, detector: string, protocol: Protocol): Bilingual {
  const label = protocol.detectors.find(({ id }) => id === detector)?.label ?? { en: detector, nl: detector };
  const name = findingName(finding);
  const fill = (language: 'en' | 'nl'): string =>
    text[language].replaceAll('{finding}', name[language]).replaceAll('{detector}', label[language]);
  return { en: fill('en'), nl: fill('nl') };
}
