import type { EventType, KnownEvent } from '@voorrang/contracts';
import { type Fact, insertFact } from './facts.ts';
import { scoped, type WorklistState } from './state.ts';

type AlertFact = Fact<Extract<EventType, `alert.${string}` | `page.${string}`>>;

/** A policy that arrives late may have been in force for any study, so all are looked at again; this is rare. */
export function evolvePolicy(state: WorklistState, event: Fact<'policy.activated'>, affected: Set<string>): void {
  if (!insertFact(state.policies, event)) return;
  for (const id of state.studies.keys()) affected.add(id);
  for (const id of state.byExpectedId.keys()) affected.add(id);
}

export function evolveDetectorState(
  state: WorklistState,
  event: Fact<'detector.state-changed'>,
  affected: Set<string>,
): void {
  const key = scoped(event.site, event.data.detector);
  const facts = state.detectorStates.get(key) ?? [];
  state.detectorStates.set(key, facts);
  if (!insertFact(facts, event)) return;
  for (const id of state.byDetector.get(key) ?? []) affected.add(id);
}

/** Alerts and pages are the notifier's; here they are lines of the timeline of their studies. */
export function evolveAlert(state: WorklistState, event: AlertFact, affected: Set<string>): void {
  for (const id of event.data.studies) {
    const facts: KnownEvent[] = state.alerts.get(id) ?? [];
    state.alerts.set(id, facts);
    if (insertFact(facts, event)) affected.add(id);
  }
}
