import type { AiDisplay, Reason } from '@voorrang/contracts';
import type { Bilingual, OrderingFacts, Protocol } from '@voorrang/protocol';
import { findingFacts } from './ai-key.ts';
import { timeZoneOf } from './context.ts';
import { detectorState } from './detector-state.ts';
import type { RowAi } from './displays.ts';
import { type Fact, isAfter } from './facts.ts';
import { findingName } from './finding-names.ts';
import type { Place } from './place.ts';
import type { Reading } from './reading.ts';
import { isPositive, liveRuns, type RunState } from './runs.ts';
import { clockTime } from './site-time.ts';
import { addTo, type StudyEntity, type WorklistState } from './state.ts';

const labelOf = (protocol: Protocol, detector: string): Bilingual =>
  protocol.detectors.find(({ id }) => id === detector)?.label ?? { en: detector, nl: detector };

/** What a note may rest on, beside the state. */
export type Noted = {
  readonly study: StudyEntity;
  readonly runs: readonly RunState[];
  readonly ai: readonly RowAi[];
  readonly place: Place;
  readonly reading: Reading;
};

/** What a reader must know of AI beside the place of a row. None of it moves the study. */
export const aiNotes = (state: WorklistState, noted: Noted): readonly Reason[] => [
  ...missingForStroke(noted),
  ...disagreements(noted),
  ...suspendedSince(state, noted),
];

const missing: ReadonlySet<AiDisplay> = new Set(['failed', 'late', 'not-eligible', 'inconclusive', 'suspended']);

/**
 * A stroke-code order whose result for the stroke team does not come is read at once, as if there were no AI. Which findings these are is asked of the
 * routes that page the team. Another detector that answered on the same finding is an answer.
 */
function missingForStroke({ ai, place, reading }: Noted): readonly Reason[] {
  const facts = place.facts.filter(({ order }) => order.strokeCode);
  if (reading.doneAt !== null || facts.length === 0) return [];
  const answered = ai.filter(({ display }) => display === 'positive' || display === 'negative');
  const findings = ai
    .filter(({ display, finding }) => missing.has(display) && !answered.some((one) => one.finding === finding))
    .filter((one) => pagesStrokeTeam(one, facts, place.protocol))
    .map(({ finding }) => finding);
  if (findings.length === 0) return [];
  const names = [...new Set(findings)].sort().map(findingName);
  const text = {
    en: `AI result missing for a stroke code (${names.map(({ en }) => en).join(', ')}): read as if there were no AI`,
    nl: `AI-uitslag ontbreekt bij strokecode (${names.map(({ nl }) => nl).join(', ')}): beoordeel alsof er geen AI is`,
  };
  return [{ code: 'ai-missing-stroke', ruleId: 'stroke-code-team', text }];
}

function pagesStrokeTeam({ finding, detector }: RowAi, facts: readonly OrderingFacts[], protocol: Protocol): boolean {
  const positive = { finding, outcome: 'positive', severity: 'high', confidence: 1 } as const;
  const asked = facts.map((one) => findingFacts(one, positive, detector));
  const { routes, strokeCodeTeam } = protocol.alerting;
  return routes.some(
    ({ team, effect, when }) =>
      team === strokeCodeTeam &&
      effect === 'page' &&
      asked.some((one) => {
        const result = when.evaluate(one);
        return result.ok && result.value;
      }),
  );
}

/** A verdict recalls alerts and moves nothing here, so a row that AI raised says who disagrees. The last word of each person counts. */
function disagreements({ study, runs, place, reading }: Noted): readonly Reason[] {
  if (place.winner === place.base) return [];
  const last = new Map<string, Fact<'verdict.given'>['data']>();
  for (const fact of study.facts)
    if (fact.type === 'verdict.given')
      last.set(`${fact.data.resultId}|${fact.data.finding}|${fact.data.by}`, fact.data);
  const raising = liveRuns(study, runs).filter(({ fact }) => isAfter(fact.stamp, reading.before));
  const people = new Map<string, Set<string>>();
  for (const { resultId, finding, verdict, by } of last.values()) {
    const raised = raising.some((one) => one.run.resultId === resultId && isPositive(one, finding));
    if (verdict === 'disagree' && raised) addTo(people, finding, by);
  }
  return [...people].sort().map(([finding, disagreeing]) => {
    const by = [...disagreeing].sort();
    const name = findingName(finding);
    const [verbEn, verbNl] = by.length === 1 ? ['disagrees', 'is'] : ['disagree', 'zijn'];
    const text = {
      en: `${by.join(', ')} ${verbEn} with AI (${name.en}); the place on the list stays`,
      nl: `${by.join(', ')} ${verbNl} het oneens met AI (${name.nl}); de plaats op de lijst blijft`,
    };
    return { code: 'ai-disagreed', ruleId: `finding-${finding}`, text };
  });
}

/** A positive of a detector that was suspended later stays; who reads it knows that the detector is distrusted today. */
function suspendedSince(state: WorklistState, { study, ai, place: { protocol } }: Noted): readonly Reason[] {
  const detectors = new Set(ai.filter(({ display }) => display === 'positive').map(({ detector }) => detector));
  return [...detectors].flatMap((detector) => {
    const current = detectorState(state, study.site, detector, protocol);
    if (current.state !== 'suspended') return [];
    const label = labelOf(protocol, detector);
    const seenFrom = ai.find((one) => one.detector === detector && one.display === 'positive')?.arrivedAt ?? 0;
    const at = current.since && clockTime(current.since.observedAt, timeZoneOf(protocol, study.site), seenFrom);
    const text = {
      en: `AI result from before the suspension of ${label.en}${at ? ` (since ${at.en})` : ''}`,
      nl: `AI-uitslag van vóór de opschorting van ${label.nl}${at ? ` (sinds ${at.nl})` : ''}`,
    };
    return [{ code: 'ai-suspended-since', ruleId: `detector-${detector}`, text }];
  });
}
