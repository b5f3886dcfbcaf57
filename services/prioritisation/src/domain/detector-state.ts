import type { Stamp } from '@voorrang/kernel';
import type { Protocol } from '@voorrang/protocol';
import { type ProjectionContext, protocolAt } from './context.ts';
import { isAfter } from './facts.ts';
import type { RunState } from './runs.ts';
import { type StudyEntity, scoped, type WorklistState } from './state.ts';

export type DetectorState = {
  readonly state: 'active' | 'shadow' | 'suspended';
  /** Why and by whom, when a person switched it. */
  readonly reason: string | null;
  /** When a person brought it into this state; `null` when the registry did. */
  readonly since: Stamp | null;
};

/** The last switch at the site, else what the registry says; a detector that no registry names is taken as active: its run was accepted. */
export function detectorState(state: WorklistState, site: string, detector: string, protocol: Protocol): DetectorState {
  const facts = state.detectorStates.get(scoped(site, detector)) ?? [];
  const last = facts.at(-1);
  if (last === undefined)
    return {
      state: protocol.detectors.find(({ id }) => id === detector)?.state ?? 'active',
      reason: null,
      since: null,
    };
  const before = facts.findLastIndex(({ data }) => data.state !== last.data.state);
  return {
    state: last.data.state,
    reason: `${last.data.by}: ${last.data.reason}`,
    since: facts[before + 1]?.stamp ?? last.stamp,
  };
}

/**
 * Whether a run that counts has effect although its detector may be suspended today. A suspension never takes away what was given before it:
 * a study must not fall back unread because of a switch.
 */
export function hasEffect(
  state: WorklistState,
  study: StudyEntity,
  { fact, run }: RunState,
  context: ProjectionContext,
): boolean {
  const protocol = protocolAt(state, context, fact.stamp);
  const current = detectorState(state, study.site, run.detector.id, protocol);
  return current.state !== 'suspended' || (current.since !== null && !isAfter(fact.stamp, current.since));
}
