import type { EventData } from '@voorrang/contracts';
import { type DicomJson, isEvidenceSopClass, sequenceOf } from '@voorrang/dicom';
import { err, ok, type Result } from '@voorrang/kernel';
import type { AnnouncedSeries } from '../domain/performed-step.ts';
import {
  AttributeError,
  type AttributeProblem,
  optionalText,
  requiredItems,
  requiredText,
  requiredUid,
} from './normalized-attributes.ts';
import { referenceOf } from './read-performed-step.ts';

/** Images of one study that can be had (ONLINE, NEARLINE) and those that cannot (OFFLINE, UNAVAILABLE). */
export type Availability = {
  readonly studyInstanceUid: string;
  readonly procedureStepUid: string | null;
  readonly available: AnnouncedSeries;
  readonly unavailable: AnnouncedSeries;
};

/** Reads an Instance Availability Notification (PS3.4 §R.3.2). Objects that are no images are left out: they never make a version. */
export function readAvailability(dataSet: DicomJson): Result<Availability, AttributeProblem> {
  try {
    return ok(availabilityOf(dataSet));
  } catch (thrown) {
    if (thrown instanceof AttributeError) return err(thrown.problem);
    throw thrown;
  }
}

function availabilityOf(dataSet: DicomJson): Availability {
  const studyInstanceUid = requiredUid(dataSet, '0020000D', 'Study Instance UID (0020,000D)');
  const [step] = sequenceOf(dataSet, '00081111');
  const lists = { available: [] as AnnouncedSeries, unavailable: [] as AnnouncedSeries };
  for (const item of requiredItems(dataSet, '00081115', 'Referenced Series Sequence (0008,1115)')) {
    const seriesInstanceUid = requiredUid(item, '0020000E', 'Series Instance UID (0020,000E)');
    const found = requiredItems(item, '00081199', 'Referenced SOP Sequence (0008,1199)').map(instanceOf);
    for (const status of ['available', 'unavailable'] as const) {
      const own = found.filter((one) => one.status === status && !isEvidenceSopClass(one.reference.sopClassUid));
      if (own.length === 0) continue;
      lists[status].push({
        seriesInstanceUid,
        modality: null,
        description: null,
        protocol: null,
        instances: own.map(({ reference }) => reference),
        instanceCount: null,
        retrieveAe: own.find(({ retrieveAe }) => retrieveAe !== null)?.retrieveAe ?? null,
      });
    }
  }
  return {
    studyInstanceUid,
    procedureStepUid: step === undefined ? null : referenceOf(step).sopInstanceUid,
    ...lists,
  };
}

type Status = Extract<EventData<'images.announced'>['status'], 'available' | 'unavailable'>;

/** Instance Availability (0008,0056), PS3.3 §C.4.23.1.1. */
const availabilities: Readonly<Record<string, Status>> = {
  ONLINE: 'available',
  NEARLINE: 'available',
  OFFLINE: 'unavailable',
  UNAVAILABLE: 'unavailable',
};
const attribute = 'Instance Availability (0008,0056)';

function instanceOf(item: DicomJson) {
  const status = availabilities[requiredText(item, '00080056', attribute)];
  if (status === undefined) throw new AttributeError('invalid-value', attribute);
  return { reference: referenceOf(item), status, retrieveAe: optionalText(item, '00080054') };
}
