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

/** All patients that merges, or their undoing, ever named together with this one, itself included. */
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
 * Sets the pointers of a component anew from all its merges and their undoings in the order of their stamps, so that the order of arrival does not matter.
 * The last word on an id counts: a later merge moves its pointer, an undoing of the merge that its pointer comes from lets it stand for itself again. A merge that
 * would close a circle is refused: the earlier ones hold. An undoing that names another survivor than the pointer undoes nothing.
 */
export function applyMerges(state: WorklistState, pid: string): void {
  const members = [...mergeComponent(state, pid)].map((one) => patientEntity(state, one));
  const words = new Map<string, Fact<'patient.merged' | 'patient.unmerged'>>();
  for (const member of members) {
    member.survivor = null;
    for (const fact of member.facts)
      if (fact.type === 'patient.merged' || fact.type === 'patient.unmerged') words.set(fact.id, fact);
  }
  for (const word of [...words.values()].sort(compareFacts)) {
    const prior = patientEntity(state, pidOf(word.data.prior));
    const survivor = pidOf(word.data.survivor);
    if (word.type === 'patient.unmerged') {
      if (prior.survivor === survivor) prior.survivor = null;
    } else if (!leadsTo(state, survivor, prior.pid)) prior.survivor = survivor;
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
