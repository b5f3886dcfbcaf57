import type { EpochMs } from '@voorrang/kernel';
import { stateInForce } from '../domain/registry.ts';
import { type Deps, eventOf } from './deps.ts';

const atOnce = 200;

/** Says that expected runs have not come by their stored due time; of a detector that is no longer active nothing is awaited any more. */
export async function tellOverdue(deps: Deps, now: EpochMs): Promise<void> {
  const { store, registry } = deps;
  await store.transaction(async (tx) => {
    const states = await tx.detectorStates();
    for (const { studyId, site, ...awaited } of await tx.dueExpectations(now, atOnce)) {
      const detector = registry.find(({ id }) => id === awaited.detector);
      const active = detector !== undefined && stateInForce(detector, site, states) === 'active';
      await tx.setExpectation(studyId, awaited.detector, ['waiting'], active ? 'overdue' : 'dropped');
      if (!active) continue;
      const data = { ...awaited, findings: [...awaited.findings] };
      await tx.append([eventOf(deps, 'run.overdue', site, studyId, data)], now);
    }
  });
  deps.committed();
}
