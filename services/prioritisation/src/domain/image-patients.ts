import type { Patient } from '@voorrang/contracts';
import { laterOf, type Written } from './facts.ts';
import { identityGroup, resolvePatient } from './identity.ts';
import type { OrderView } from './order-view.ts';
import { stepPatients } from './procedure-steps.ts';
import { type ImagePatient, pidOf, type StudyEntity, type WorklistState } from './state.ts';

/** Patients by who names them. */
export type NamedPatients = {
  readonly images: readonly Written<Patient>[];
  readonly steps: readonly Written<Patient>[];
};

/**
 * Patients that the images and the procedure steps of a study name. An id without issuer (0010,0021) has the authority of the sender by assumption only: when the patient of a
 * linked order has the same id, today or before a merge, it is that patient. Else another series that states its issuer tells, else the assumption holds.
 */
export function namedPatients(
  state: WorklistState,
  study: StudyEntity | null,
  views: readonly OrderView[],
): NamedPatients {
  const images = study === null ? [] : [...study.series.values()].flatMap(({ patient }) => patient ?? []);
  const steps = study === null ? [] : stepPatients(study);
  const named = [...images, ...steps];
  if (!named.some(isAssumed)) return { images, steps };
  const tellers = [
    views.filter((view) => view.cancelledAt === null).flatMap(({ patient }) => patient ?? []),
    views.flatMap(({ patient }) => patient ?? []),
    named.filter((one) => !isAssumed(one)),
    named.filter(isAssumed),
  ];
  const settled = (one: Written<ImagePatient>): Written<Patient> => {
    if (!isAssumed(one)) return one;
    for (const some of tellers) {
      const authority = authorityOf(state, one.value.id, some);
      if (authority !== null) return { value: { ...one.value, authority }, stamp: one.stamp };
    }
    return one;
  };
  return { images: images.map(settled), steps: steps.map(settled) };
}

const isAssumed = ({ value }: Written<ImagePatient>): boolean => value.authorityAssumed === true;

/** Under which authority the latest of these patients has, or had before a merge, an id. */
function authorityOf(state: WorklistState, id: string, patients: readonly Written<Patient>[]): string | null {
  let found: Written<string> | null = null;
  for (const { value, stamp } of patients) {
    const root = resolvePatient(state, pidOf(value));
    const merged = identityGroup(state, root).map(({ pid }) => pid);
    const same = [root, pidOf(value), ...merged].find((pid) => pid.endsWith(`\u0000${id}`));
    if (same !== undefined) found = laterOf(found, same.slice(0, -id.length - 1), stamp);
  }
  return found?.value ?? null;
}
