import { type DicomJson, isEvidenceSopClass, sequenceOf } from '@voorrang/dicom';
import { err, ok, type Result } from '@voorrang/kernel';
import type { AnnouncedSeries, PerformedStep, StepMessage } from '../domain/performed-step.ts';
import type { StepStatus } from '../domain/steps.ts';
import {
  AttributeError,
  type AttributeProblem,
  dateTimeOf,
  optionalText,
  patientOf,
  requiredItems,
  requiredText,
  requiredUid,
} from './normalized-attributes.ts';

/** Performed Procedure Step Status (0040,0252), PS3.3 §C.4.14. */
const statuses: Readonly<Record<string, StepStatus>> = {
  'IN PROGRESS': 'in-progress',
  COMPLETED: 'completed',
  DISCONTINUED: 'discontinued',
};

/**
 * Reads an N-CREATE or N-SET of a Modality Performed Procedure Step (PS3.4 §F.7). Asked for are only the attributes that are used: study, status, and the identity of
 * what was made. `authority` is that of the sender, for patient ids without issuer.
 */
export function readPerformedStep(
  operation: StepMessage['operation'],
  dataSet: DicomJson,
  authority: string,
): Result<StepMessage, AttributeProblem> {
  try {
    return ok(operation === 'N-CREATE' ? created(dataSet, authority) : changed(dataSet));
  } catch (thrown) {
    if (thrown instanceof AttributeError) return err(thrown.problem);
    throw thrown;
  }
}

const scheduledSteps = 'Scheduled Step Attributes Sequence (0040,0270)';
/** Studies of one step at most: each of them is told all that the step made. */
const mostStudies = 16;

function created(dataSet: DicomJson, authority: string): StepMessage {
  const studies = new Map<string, PerformedStep['studies'][number]>();
  for (const item of requiredItems(dataSet, '00400270', scheduledSteps)) {
    const studyInstanceUid = requiredUid(item, '0020000D', 'Study Instance UID (0020,000D)');
    const known = studies.get(studyInstanceUid);
    const number = optionalText(item, '00080050', 64);
    const numbers = new Set([...(known?.accessionNumbers ?? []), ...(number === null ? [] : [number])]);
    const description = optionalText(item, '00321060') ?? optionalText(item, '00400007');
    studies.set(studyInstanceUid, {
      studyInstanceUid,
      accessionNumbers: [...numbers],
      description: known?.description ?? description,
    });
    if (studies.size > mostStudies) throw new AttributeError('invalid-value', scheduledSteps);
  }
  const status = statusOf(requiredText(dataSet, '00400252', statusAttribute));
  if (status !== 'in-progress') throw new AttributeError('invalid-value', statusAttribute);
  const performed = optionalText(dataSet, '00400254');
  return {
    operation: 'N-CREATE',
    step: {
      ...patientOf(dataSet, authority),
      status,
      studies: [...studies.values()].map((study) => ({ ...study, description: study.description ?? performed })),
      modality: modalityOf(dataSet),
      startedAt: dateTimeOf(dataSet, '00400244', '00400245'),
      endedAt: dateTimeOf(dataSet, '00400250', '00400251'),
      station: stationOf(dataSet),
    },
    series: seriesOf(dataSet),
  };
}

function changed(dataSet: DicomJson): StepMessage {
  const status = optionalText(dataSet, '00400252');
  const endedAt = dateTimeOf(dataSet, '00400250', '00400251');
  const modality = modalityOf(dataSet);
  const station = stationOf(dataSet);
  return {
    operation: 'N-SET',
    step: {
      ...(status === null ? {} : { status: statusOf(status) }),
      ...(endedAt === null ? {} : { endedAt }),
      ...(modality === null ? {} : { modality }),
      ...(station === null ? {} : { station }),
    },
    series: seriesOf(dataSet),
  };
}

const statusAttribute = 'Performed Procedure Step Status (0040,0252)';

function statusOf(text: string): StepStatus {
  const status = statuses[text];
  if (status === undefined) throw new AttributeError('invalid-value', statusAttribute);
  return status;
}

/** As of an image: a code has 16 characters (PS3.5 §6.2 CS). */
const modalityOf = (dataSet: DicomJson): string | null => optionalText(dataSet, '00080060', 16);

const stationOf = (dataSet: DicomJson): string | null =>
  optionalText(dataSet, '00400242') ?? optionalText(dataSet, '00400241');

/** Images of Performed Series Sequence (0040,0340). Other objects made are left out: they never make a version. */
const seriesOf = (dataSet: DicomJson): AnnouncedSeries =>
  sequenceOf(dataSet, '00400340').map((item) => ({
    seriesInstanceUid: requiredUid(item, '0020000E', 'Performed Series Sequence, Series Instance UID (0020,000E)'),
    modality: modalityOf(item),
    description: optionalText(item, '0008103E'),
    protocol: optionalText(item, '00181030'),
    instances: [...sequenceOf(item, '00081140'), ...sequenceOf(item, '00400220')]
      .map(referenceOf)
      .filter(({ sopClassUid }) => !isEvidenceSopClass(sopClassUid)),
    instanceCount: null,
    retrieveAe: optionalText(item, '00080054'),
  }));

/** SOP Instance Reference Macro (PS3.3 Table 10-11). */
export const referenceOf = (item: DicomJson): AnnouncedSeries[number]['instances'][number] => ({
  sopInstanceUid: requiredUid(item, '00081155', 'Referenced SOP Instance UID (0008,1155)'),
  sopClassUid: requiredUid(item, '00081150', 'Referenced SOP Class UID (0008,1150)'),
});
