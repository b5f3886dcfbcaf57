import type { Reason } from '@voorrang/contracts';
import type { Bilingual, Protocol } from '@voorrang/protocol';
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
  ...disagreements(noted),
  ...suspendedSince(state, noted),
];

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
