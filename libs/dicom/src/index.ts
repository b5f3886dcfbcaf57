export type { NormalizedAnswer, NormalizedRequest, OnNormalized } from './answer-normalized.ts';
export type { OnRefused, OnStore, RefusedObject, StoreAnswer, StoredObject } from './answer-store.ts';
export type { Rejection } from './association.ts';
export { personName } from './character-sets.ts';
export { statuses as dicomStatuses } from './command-set.ts';
export {
  codeOf,
  type DicomElement,
  type DicomJson,
  type DicomValue,
  numberOf,
  type PersonNameGroups,
  personNameOf,
  sequenceOf,
  textOf,
  textsOf,
} from './data-set/dicom-json.ts';
export { type ReadLimits, type ReadOptions, readDataSet } from './data-set/read-data-set.ts';
export { writeDataSet } from './data-set/write-data-set.ts';
export { type ObjectToSend, sendObjects } from './dicom-client.ts';
export type { AssociationEnd, DicomEvent } from './dicom-event.ts';
export {
  createDicomServer,
  type DicomLimits,
  type DicomServer,
  type DicomServerOptions,
  defaultDicomLimits,
} from './dicom-server.ts';
export { type CollectedFile, FileCollector } from './file-collector.ts';
export { type FindAssociation, openFind } from './find/find-association.ts';
export type { DicomHeader } from './header.ts';
export {
  instanceAvailabilitySopClass,
  type PeerOperation,
  performedProcedureStepSopClass,
} from './operations.ts';
export { readPart10 } from './part10.ts';
export type { Peer } from './peer.ts';
export type { PeerRule, PeerRules } from './peer-rules.ts';
export { readHeader } from './read-header.ts';
export {
  type DicomTarget,
  type DimseRequest,
  type DimseResponse,
  openAssociation,
  type Proposal,
  type RequestorAssociation,
} from './requestor.ts';
export { isEvidenceSopClass, isStorageSopClass, verificationSopClass } from './sop-classes.ts';
