import { compareFacts, type Fact } from './facts.ts';
import { type PatientEntity, patientEntity, pidOf, type WorklistState } from './state.ts';

/** The patient that an id stands for today: merges are followed to their end. */
export function resolvePatient(state: WorklistState, pid: string): string {
  let at = pid;
  for (;;) {
    const next = state.patients.get(at)?.survivor;
    if (next === null || next === undefined) return at;
    at = next;
  }
}

/** All patients that merges ever named together with this one, itself included. */
export function mergeComponent(state: WorklistState, pid: string): Set<string> {
  const found = new Set([pid]);
  for (const one of found) for (const other of state.patients.get(one)?.neighbours ?? []) found.add(other);
  return found;
}

/** Entities of all ids that stand for the same patient. */
export function identityGroup(state: WorklistState, root: string): readonly PatientEntity[] {
  return [...mergeComponent(state, root)]
    .filter((pid) => resolvePatient(state, pid) === root)
    .sort()
    .flatMap((pid) => state.patients.get(pid) ?? []);
}

/**
 * Sets the pointers of a component anew from all its merges in the order of their stamps, so that the order of arrival does not matter.
 * A later merge of the same id moves its pointer. A merge that would close a circle is refused: the earlier ones hold.
 */
export function applyMerges(state: WorklistState, pid: string): void {
  const members = [...mergeComponent(state, pid)].map((one) => patientEntity(state, one));
  const merges = new Map<string, Fact<'patient.merged'>>();
  for (const member of members) {
    member.survivor = null;
    for (const fact of member.facts) if (fact.type === 'patient.merged') merges.set(fact.id, fact);
  }
  for (const merge of [...merges.values()].sort(compareFacts)) {
    const prior = pidOf(merge.data.prior);
    const survivor = pidOf(merge.data.survivor);
    if (!leadsTo(state, survivor, prior)) patientEntity(state, prior).survivor = survivor;
  }
}

function leadsTo(state: WorklistState, from: string, to: string): boolean {
  let at: string | null = from;
  while (at !== null) {
    if (at === to) return true;
    at = state.patients.get(at)?.survivor ?? null;
  }
  return false;
}
