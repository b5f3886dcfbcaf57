import type { EpochMs } from '@voorrang/kernel';
import type { OrderingFacts } from '@voorrang/protocol';
import { imageCount } from './image-count.ts';
import type { OrderView } from './order-view.ts';
import type { PatientShown } from './patient-shown.ts';
import { stepAttributes } from './procedure-steps.ts';
import { ageAt, localTime } from './site-time.ts';
import type { Series, StudyEntity } from './state.ts';
import type { VisitVersion } from './visit-versions.ts';

/** What the images, else the procedure steps, else the orders say of the study itself. */
export type StudyAttributes = {
  readonly modality: string | null;
  readonly bodyParts: readonly string[];
  readonly description: string | null;
};

export function studyAttributes(study: StudyEntity | null, views: readonly OrderView[]): StudyAttributes {
  const series = study === null ? [] : [...study.series.values()];
  const parts = texts(series.map(({ bodyPart }) => bodyPart?.value));
  const ordered = views.filter((view) => view.known);
  const steps = study === null ? [] : stepAttributes(study);
  const stepped = (name: 'modality' | 'description'): string | undefined => texts(steps.map((step) => step[name]))[0];
  return {
    modality: mainModality(series) ?? stepped('modality') ?? texts(ordered.map((view) => view.modality))[0] ?? null,
    bodyParts: parts.length > 0 ? parts : texts(ordered.map((view) => view.bodyPart)),
    description:
      lastDescription(series) ?? stepped('description') ?? texts(ordered.map((view) => view.procedure))[0] ?? null,
  };
}

const texts = (all: readonly (string | null | undefined)[]): string[] =>
  [...new Set(all.filter((text): text is string => Boolean(text)))].sort();

/** Of the series with the most images; the first by alphabet among equals. */
function mainModality(series: readonly Series[]): string | null {
  const images = new Map<string, number>();
  for (const one of series)
    if (one.modality) images.set(one.modality.value, (images.get(one.modality.value) ?? 0) + imageCount(one));
  return [...images].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0] ?? null;
}

function lastDescription(series: readonly Series[]): string | null {
  let found: Series['studyDescription'] = null;
  for (const { studyDescription } of series)
    if (studyDescription && (found === null || later(studyDescription, found))) found = studyDescription;
  return found?.value ?? null;
}

/** Between series the last word counts; two that spoke in one fact cannot differ in time, so the text decides. */
function later(a: NonNullable<Series['studyDescription']>, b: NonNullable<Series['studyDescription']>): boolean {
  const [x, y] = [a.stamp, b.stamp];
  if (x.observedAt !== y.observedAt) return x.observedAt > y.observedAt;
  if (x.ingestId !== y.ingestId) return x.ingestId > y.ingestId;
  return x.seq !== y.seq ? x.seq > y.seq : a.value > b.value;
}

/** What a condition sees of one order (or none) in one version of the visit. Age and hour are those at the reference time. */
export function orderingFacts(
  view: OrderView | null,
  visit: VisitVersion,
  attributes: StudyAttributes,
  patient: PatientShown,
  reference: EpochMs,
  timeZone: string,
): OrderingFacts {
  return {
    order: {
      priority: view?.priority ?? '',
      strokeCode: view?.strokeCode ?? false,
      indication: view?.indication ?? '',
      procedureCode: view?.procedureCode ?? '',
      procedure: view?.procedure ?? '',
    },
    visit: { patientClass: visit.patientClass, location: visit.location },
    patient: { age: ageAt(patient.birthDate, reference, timeZone), sex: patient.sex ?? '' },
    study: {
      modality: attributes.modality ?? '',
      bodyParts: attributes.bodyParts,
      description: attributes.description ?? '',
    },
    hour: localTime(reference, timeZone).hour,
  };
}
