import { compareStamps, hours, type Stamp } from '@voorrang/kernel';
import type { OrderView, StatedVisit } from './order-view.ts';
import type { PatientFact } from './patient-shown.ts';

/** Patient class and location as they were known for a time. Empty text when nobody said. */
export type VisitVersion = { readonly patientClass: string; readonly location: string };
export type VisitHistory = {
  /** In force when the reading began, and every later one: any of them may rank the study, so that a transfer or discharge never worsens it. */
  readonly versions: readonly VisitVersion[];
  readonly lastAt: Stamp | null;
};

export const visitWindow = hours(24);

/** Whether a visit fact is about the visit of an order: by its number (PV1-19), else by patient and 24 hours. */
export function isOfVisit(
  fact: PatientFact,
  site: string,
  visitNumber: string | null,
  begunAt: Stamp,
): fact is Extract<PatientFact, { type: 'visit.changed' }> {
  if (fact.type !== 'visit.changed' || fact.site !== site) return false;
  const { number } = fact.data.visit;
  if (number !== null && visitNumber !== null) return number === visitNumber;
  return Math.abs(fact.stamp.observedAt - begunAt.observedAt) <= visitWindow;
}

/** The versions of (class, location) that count for one order of a study, or for a study without order (`null`). */
export function visitHistory(
  view: OrderView | null,
  facts: readonly PatientFact[],
  site: string,
  begunAt: Stamp,
): VisitHistory {
  const stated: StatedVisit[] = [...(view?.visits ?? [])];
  for (const fact of facts)
    if (isOfVisit(fact, site, view?.visitNumber ?? null, begunAt))
      stated.push({
        stamp: fact.stamp,
        patientClass: fact.data.visit.patientClass,
        location: fact.data.visit.location,
      });
  stated.sort((a, b) => compareStamps(a.stamp, b.stamp));
  const versions: VisitVersion[] = [];
  let version: VisitVersion = { patientClass: '', location: '' };
  for (const { stamp, patientClass, location } of stated) {
    version = { patientClass: patientClass ?? version.patientClass, location: location ?? version.location };
    if (compareStamps(stamp, begunAt) <= 0) versions.length = 0;
    versions.push(version);
  }
  return { versions: versions.length > 0 ? versions : [version], lastAt: stated.at(-1)?.stamp ?? null };
}
