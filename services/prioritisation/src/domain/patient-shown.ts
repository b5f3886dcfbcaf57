import type { Patient } from '@voorrang/contracts';
import { compareFacts, laterOf, type Written } from './facts.ts';
import { identityGroup, resolvePatient } from './identity.ts';
import { namedPatients } from './image-patients.ts';
import type { OrderView } from './order-view.ts';
import { type PatientEntity, pidOf, type StudyEntity, type WorklistState } from './state.ts';

export type PatientFact = PatientEntity['facts'][number];

export type PatientShown = {
  readonly id: string | null;
  readonly authority: string | null;
  readonly name: string | null;
  readonly birthDate: string | null;
  readonly sex: string | null;
  /** Two patients that no merge has made one; an authority that was only assumed makes none of the same id. */
  readonly conflict: boolean;
  /** Facts of all ids that stand for this patient, by stamp. */
  readonly facts: readonly PatientFact[];
};

type Source = Written<Patient>;

/**
 * Whose study this is. Images come first, because their patient is what the reader sees in the PACS; procedure steps, then orders, when no image tells.
 * Each field is the last word under the id that survives; a field it lacks is filled from the other ids and from the study's own messages.
 */
export function patientShown(
  state: WorklistState,
  study: StudyEntity | null,
  views: readonly OrderView[],
): PatientShown {
  const { images, steps } = namedPatients(state, study, views);
  const orders = views.filter((view) => view.cancelledAt === null).flatMap(({ patient }) => patient ?? []);
  const cancelled = views.flatMap(({ patient }) => patient ?? []);
  const sources = [images, steps, orders].find((some) => some.length > 0) ?? cancelled;
  const chosen = latest(sources);
  if (chosen === null) return nobody;
  const roots = new Set([...images, ...steps, ...orders].map(({ value }) => resolvePatient(state, pidOf(value))));
  const root = resolvePatient(state, pidOf(chosen.value));
  const group = identityGroup(state, root);
  const own = [...images, ...steps, ...cancelled].filter(({ value }) => resolvePatient(state, pidOf(value)) === root);
  const facts = factsOf(state, group);
  const told = [...own, ...facts.flatMap(toldBy)].filter(({ value }) => resolvePatient(state, pidOf(value)) === root);
  const [authority = '', id = ''] = root.split('\u0000');
  const survivors = told.filter(({ value }) => pidOf(value) === root);
  const field = <K extends 'name' | 'birthDate' | 'sex'>(name: K): Patient[K] =>
    lastWord(survivors, name) ?? lastWord(told, name);
  return {
    id,
    authority,
    name: field('name'),
    birthDate: field('birthDate'),
    sex: field('sex'),
    conflict: roots.size > 1,
    facts,
  };
}

const nobody: PatientShown = {
  id: null,
  authority: null,
  name: null,
  birthDate: null,
  sex: null,
  conflict: false,
  facts: [],
};

/** Facts of all ids of a patient, with the merges and undoings that name one of them as prior. */
function factsOf(state: WorklistState, group: readonly PatientEntity[]): PatientFact[] {
  const facts = new Map<string, PatientFact>();
  for (const { pid, facts: own, neighbours } of group) {
    for (const fact of own) facts.set(fact.id, fact);
    for (const other of neighbours)
      for (const fact of state.patients.get(other)?.facts ?? [])
        if ((fact.type === 'patient.merged' || fact.type === 'patient.unmerged') && pidOf(fact.data.prior) === pid)
          facts.set(fact.id, fact);
  }
  return [...facts.values()].sort(compareFacts);
}

function toldBy(fact: PatientFact): Source[] {
  if (fact.type === 'patient.updated') return [{ value: fact.data.patient, stamp: fact.stamp }];
  return fact.type === 'patient.merged' ? [{ value: fact.data.survivor, stamp: fact.stamp }] : [];
}

function lastWord<K extends keyof Patient>(sources: readonly Source[], name: K): Patient[K] | null {
  let found: Written<Patient[K]> | null = null;
  for (const { value, stamp } of sources) found = laterOf(found, value[name], stamp);
  return found?.value ?? null;
}

function latest(sources: readonly Source[]): Source | null {
  let found: Written<Patient> | null = null;
  for (const { value, stamp } of sources) found = laterOf(found, value, stamp);
  return found;
}
