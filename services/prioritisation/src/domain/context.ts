import type { EpochMs, Stamp } from '@voorrang/kernel';
import { compareStamps } from '@voorrang/kernel';
import type { Protocol, Wait } from '@voorrang/protocol';
import type { WorklistState } from './state.ts';

/** What of a study can be searched for. */
export type Searchable = {
  readonly name: string | null;
  readonly patientId: string | null;
  readonly accessionNumbers: readonly string[];
  readonly birthDate: string | null;
};

/** What a projection is given beside the state. Nothing here reads a clock. */
export type ProjectionContext = {
  /** The instant: decides only what has passed (due, lease, 72 hours), never an order. */
  readonly now: EpochMs;
  /** Activated protocols by hash, as far as they could be loaded. */
  readonly protocols: ReadonlyMap<string, Protocol>;
  /** Used until one was activated, and for one that can no longer be loaded. */
  readonly current: Protocol;
  readonly dueAt: (start: EpochMs, wait: Wait, timeZone: string) => EpochMs;
  readonly searchTokens: (site: string, row: Searchable) => readonly string[];
};

/** The protocol in force at a fact. Facts older than the first activation have the first one. */
export function protocolAt(state: WorklistState, context: ProjectionContext, at: Stamp | null): Protocol {
  let found = state.policies[0];
  for (const activated of state.policies) {
    if (at === null || compareStamps(activated.stamp, at) > 0) break;
    found = activated;
  }
  return (found && context.protocols.get(found.data.hash)) ?? context.current;
}

export const timeZoneOf = (protocol: Protocol, site: string): string => protocol.sites[site]?.timeZone ?? 'UTC';
