import type { EventData, NewEvent } from '@voorrang/contracts';
import type { StoredObject } from '@voorrang/dicom';
import type { OpaqueKeys } from '@voorrang/kernel';
import type { ToldContent } from './evidence-content.ts';
import type { SenderOfImages } from './senders.ts';

export const dicomSource = 'ingest/dicom';
export const stowSource = 'ingest/stow';

type Made = {
  readonly sender: SenderOfImages;
  readonly source: string;
  readonly keys: OpaqueKeys;
  readonly traceparent: string | undefined;
  /** Of evidence. */
  readonly told: ToldContent;
};

/** The fact that one stored object tells: an image of a series, or evidence, which never makes a version of the study. */
export function factOfObject(
  { header, digest, peer }: StoredObject,
  { sender, source, keys, traceparent, told }: Made,
): NewEvent {
  const from = { callingAe: peer.callingAe, calledAe: peer.calledAe };
  const about = {
    source,
    site: sender.site,
    key: keys.study(sender.site, header.studyInstanceUid),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid, sopClassUid, modality } = header;
  if (header.isEvidence) {
    const data: EventData<'evidence.received'> = {
      studyInstanceUid,
      seriesInstanceUid,
      sopInstanceUid,
      sopClassUid,
      digest,
      modality,
      manufacturer: header.equipment.manufacturer,
      ...patientOf(header.patient, sender.authority),
      accessionNumbers: [...header.accessionNumbers],
      ...told,
      sender: from,
    };
    return { ...about, type: 'evidence.received', data };
  }
  const data: EventData<'series.observed'> = {
    studyInstanceUid,
    seriesInstanceUid,
    instances: [{ sopInstanceUid, digest }],
    sopClassUid,
    modality,
    ...patientOf(header.patient, sender.authority),
    accessionNumbers: [...header.accessionNumbers],
    studyDescription: header.studyDescription,
    seriesDescription: header.seriesDescription,
    bodyPart: header.bodyPart,
    laterality: header.laterality,
    acquiredAt: header.acquiredAt,
    equipment: header.equipment,
    acquisition: header.acquisition,
    sender: from,
  };
  return { ...about, type: 'series.observed', data };
}

/** Without issuer (0010,0021) the authority is that of the sender, and said to be assumed: it never has the standing of one that was stated. */
function patientOf(
  patient: StoredObject['header']['patient'],
  authority: string,
): Pick<EventData<'series.observed'>, 'patient' | 'patientAuthorityAssumed'> {
  if (patient === null) return { patient: null };
  const { id, issuer, name, birthDate, sex } = patient;
  const told = { patient: { id, authority: issuer ?? authority, name, birthDate, sex } };
  return issuer === null ? { ...told, patientAuthorityAssumed: true } : told;
}
