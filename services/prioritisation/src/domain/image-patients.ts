import type { Patient } from '@voorrang/contracts';
import { laterOf, type Written } from './facts.ts';
import { identityGroup, resolvePatient } from './identity.ts';
import type { OrderView } from './order-view.ts';
import { type ImagePatient, pidOf, type StudyEntity, type WorklistState } from './state.ts';

/**
 * Patients that the images of a study name. An id without issuer (0010,0021) has the authority of the sender by assumption only: when the patient of a
 * linked order has the same id, today or before a merge, it is that patient. Else another series that states its issuer tells, else the assumption holds.
 */
export function imagePatients(
  state: WorklistState,
  study: StudyEntity | null,
  views: readonly OrderView[],
): readonly Written<Patient>[] {
  const images = study === null ? [] : [...study.series.values()].flatMap(({ patient }) => patient ?? []);
  if (!images.some(isAssumed)) return images;
  const tellers = [
    views.filter((view) => view.cancelledAt === null).flatMap(({ patient }) => patient ?? []),
    views.flatMap(({ patient }) => patient ?? []),
    images.filter((image) => !isAssumed(image)),
    images.filter(isAssumed),
  ];
  return images.map((image) => {
    if (!isAssumed(image)) return image;
    for (const some of tellers) {
      const authority = authorityOf(state, image.value.id, some);
      if (authority !== null) return { value: { ...image.value, authority }, stamp: image.stamp };
    }
    return image;
  });
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
