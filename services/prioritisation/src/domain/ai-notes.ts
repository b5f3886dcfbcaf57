import type { Reason } from '@voorrang/contracts';
import type { Bilingual, Protocol } from '@voorrang/protocol';
import { timeZoneOf } from './context.ts';
import { detectorState } from './detector-state.ts';
import type { RowAi } from './displays.ts';
import { clockTime } from './site-time.ts';
import type { StudyEntity, WorklistState } from './state.ts';

const labelOf = (protocol: Protocol, detector: string): Bilingual =>
  protocol.detectors.find(({ id }) => id === detector)?.label ?? { en: detector, nl: detector };

/** What a reader must know of the AI displays of a row beside its place. None of it moves the study. */
export function aiNotes(
  state: WorklistState,
  study: StudyEntity,
  ai: readonly RowAi[],
  protocol: Protocol,
): readonly Reason[] {
  return suspendedSince(state, study, ai, protocol);
}

/** A positive of a detector that was suspended later stays; who reads it knows that the detector is distrusted today. */
function suspendedSince(
  state: WorklistState,
  study: StudyEntity,
  ai: readonly RowAi[],
  protocol: Protocol,
): readonly Reason[] {
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
