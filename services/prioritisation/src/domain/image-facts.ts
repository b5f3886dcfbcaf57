import type { Fact } from './facts.ts';
import type { ImagePatient } from './state.ts';

type Named = Pick<Fact<'series.observed'>['data'], 'patient' | 'patientAuthorityAssumed'>;

/** The patient as a fact on images names it. */
export function imagePatient({ patient, patientAuthorityAssumed }: Named): ImagePatient | null {
  if (!patient?.id) return null;
  return patientAuthorityAssumed === true ? { ...patient, authorityAssumed: true } : patient;
}

/** How many images a fact tells of in a series, whether it names them or not. */
export const imagesIn = ({ instances, instanceCount }: Fact<'images.announced'>['data']['series'][number]): number =>
  Math.max(new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid)).size, instanceCount ?? 0);
