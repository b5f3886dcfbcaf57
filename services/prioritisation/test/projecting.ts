import type { KnownEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import { dueAt, type Protocol } from '@voorrang/protocol';
import { rowSearchTokens } from '@voorrang/worklist-store';
import {
  evolve,
  initialState,
  type ProjectionContext,
  projectStudy,
  type StudyDocument,
  type WorklistState,
} from '../src/domain/index.ts';
import { keys } from './facts.ts';

export type Documents = ReadonlyMap<string, StudyDocument>;

export const contextAt = (now: EpochMs, protocols: readonly Protocol[]): ProjectionContext => {
  const [current] = protocols;
  if (current === undefined) throw new Error('a protocol is needed');
  return {
    now,
    protocols: new Map(protocols.map((protocol) => [protocol.hash, protocol])),
    current,
    dueAt,
    searchTokens: (site, row) => rowSearchTokens(keys, site, row),
  };
};

export function folded(events: readonly KnownEvent[]): WorklistState {
  const state = initialState(keys);
  const affected = new Set<string>();
  for (const event of events) evolve(state, event, affected);
  return state;
}

/** Every document there is, by id. */
export function allDocuments(state: WorklistState, context: ProjectionContext): Documents {
  const documents = new Map<string, StudyDocument>();
  for (const id of [...state.studies.keys(), ...state.byExpectedId.keys()].sort()) {
    const projection = projectStudy(state, id, context);
    if (projection !== null) documents.set(id, projection.document);
  }
  return documents;
}
