import { type EpochMs, hours, type Stamp } from '@voorrang/kernel';
import { earlierStamp, type Fact, type Written } from './facts.ts';
import { imagePatient, imagesIn } from './image-facts.ts';
import type { ImagePatient, StudyEntity } from './state.ts';

type Announced = Fact<'images.announced'>;

/** One performed procedure step of a study, as all its messages have it. */
export type ProcedureStep = {
  readonly status: Announced['data']['status'];
  /** Of the message that said the status. */
  readonly at: Stamp;
  readonly last: Announced;
  readonly images: number;
};

/** Longest time that a step is believed to be in progress after its last message: a modality may die without ending it. */
const inProgressFor = hours(24);

const none: readonly ProcedureStep[] = [];

/** The procedure steps of a study. Facts are sorted by stamp; an end holds against any later word. */
export function stepsOf(study: StudyEntity): readonly ProcedureStep[] {
  if (!study.hasSteps) return none;
  const steps = new Map<string, ProcedureStep>();
  for (const fact of study.facts) {
    if (fact.type !== 'images.announced' || fact.data.by !== 'mpps' || fact.data.procedureStepUid === null) continue;
    const known = steps.get(fact.data.procedureStepUid);
    const images = fact.data.series.reduce((sum, one) => sum + imagesIn(one), 0);
    const ended = known !== undefined && known.status !== 'in-progress';
    steps.set(fact.data.procedureStepUid, {
      status: ended ? known.status : fact.data.status,
      at: ended ? known.at : fact.stamp,
      last: fact,
      images: (known?.images ?? 0) + images,
    });
  }
  return [...steps.values()];
}

/** Until when a study is held for one that is being made: a step is in progress and no image is there. */
export function beingMadeUntil(study: StudyEntity): EpochMs | null {
  const open = stepsOf(study).filter(({ status }) => status === 'in-progress');
  return open.length === 0 ? null : Math.max(...open.map(({ at }) => at.observedAt)) + inProgressFor;
}

/** When the first step was completed that made images: from then on there is something to be read, whether it comes here or not. */
export function firstMade(study: StudyEntity): Stamp | null {
  return stepsOf(study)
    .filter(({ status, images }) => status === 'completed' && images > 0)
    .reduce<Stamp | null>((first, { at }) => earlierStamp(first, at), null);
}

const counting = (study: StudyEntity): readonly ProcedureStep[] =>
  stepsOf(study).filter(({ status }) => status !== 'discontinued');

/** Patients that steps name; a step that was discontinued may have been begun for another. */
export const stepPatients = (study: StudyEntity): readonly Written<ImagePatient>[] =>
  counting(study).flatMap(({ last }) => {
    const value = imagePatient(last.data);
    return value === null ? [] : [{ value, stamp: last.stamp }];
  });

export const stepAccessionNumbers = (study: StudyEntity): readonly string[] =>
  counting(study).flatMap(({ last }) => last.data.accessionNumbers);

/** What steps say of the study itself. */
export const stepAttributes = (study: StudyEntity) =>
  counting(study).map(({ last: { data } }) => ({ modality: data.modality, description: data.studyDescription }));
