import type { Protocol } from '@voorrang/protocol';
import { scoped, type WorklistState } from './state.ts';

export type DetectorState = {
  readonly state: 'active' | 'shadow' | 'suspended';
  /** Why and by whom, when a person switched it. */
  readonly reason: string | null;
};

/** The last switch at the site, else what the registry says; a detector that no registry names is taken as active: its run was accepted. */
export function detectorState(state: WorklistState, site: string, detector: string, protocol: Protocol): DetectorState {
  const last = state.detectorStates.get(scoped(site, detector))?.at(-1);
  if (last) return { state: last.data.state, reason: `${last.data.by}: ${last.data.reason}` };
  return { state: protocol.detectors.find(({ id }) => id === detector)?.state ?? 'active', reason: null };
}
