import type { EpochMs } from '@voorrang/kernel';
import { stateInForce } from '../domain/registry.ts';
import { type Deps, eventOf } from './deps.ts';

const atOnce = 200;

/** Says that expected runs have not come by their stored due time; of a detector that is no longer active nothing is awaited any more. */
export async function tellOverdue(deps: Deps, now: EpochMs): Promise<void> {
  const { store, registry } = deps;
  await store.transaction(async (tx) => {
    const states = await tx.detectorStates();
    for (const awaited of await tx.dueExpectations(now, atOnce)) {
      const { studyId, site, studyInstanceUid, studyVersion, findings, dueAt } = awaited;
      const detector = registry.find(({ id }) => id === awaited.detector);
      const active = detector !== undefined && stateInForce(detector, site, states) === 'active';
      await tx.setExpectation(awaited, ['waiting'], active ? 'overdue' : 'dropped');
      if (!active) continue;
      const data = { studyInstanceUid, studyVersion, detector: awaited.detector, findings: [...findings], dueAt };
      await tx.append([eventOf(deps, 'run.overdue', site, studyId, data)], now);
    }
  });
  deps.committed();
}
