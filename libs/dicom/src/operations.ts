import { commands } from './command-set.ts';
import { isStorageSopClass, verificationSopClass } from './sop-classes.ts';

/** Instance Availability Notification (PS3.4 §R). */
export const instanceAvailabilitySopClass = '1.2.840.10008.5.1.4.33';
/** Modality Performed Procedure Step (PS3.4 §F.7). */
export const performedProcedureStepSopClass = '1.2.840.10008.3.1.2.3.3';

/** What a peer may be allowed to do. */
export const peerOperations = ['echo', 'store', 'ian', 'mpps'] as const;
export type PeerOperation = (typeof peerOperations)[number];

/** The operation that a SOP class serves, `undefined` for a class that nothing here serves. */
export function operationOfClass(sopClassUid: string): PeerOperation | undefined {
  if (sopClassUid === verificationSopClass) return 'echo';
  if (sopClassUid === instanceAvailabilitySopClass) return 'ian';
  if (sopClassUid === performedProcedureStepSopClass) return 'mpps';
  return isStorageSopClass(sopClassUid) ? 'store' : undefined;
}

/** DIMSE services of each operation. C-ECHO is answered in any context: senders use the one that they have. */
const services: Readonly<Record<PeerOperation, readonly number[]>> = {
  echo: [],
  store: [commands.cStore],
  ian: [commands.nCreate],
  mpps: [commands.nCreate, commands.nSet],
};

/** The operation that a message asks for in a context of this class, `undefined` when that class has no such service. */
export function operationOfMessage(field: number, sopClassUid: string): PeerOperation | undefined {
  if (field === commands.cEcho) return 'echo';
  const operation = operationOfClass(sopClassUid);
  return operation !== undefined && services[operation].includes(field) ? operation : undefined;
}

export type OperationName = 'C-ECHO' | 'C-STORE' | 'N-CREATE' | 'N-SET' | 'other';
const names: ReadonlyMap<number, OperationName> = new Map([
  [commands.cEcho, 'C-ECHO'],
  [commands.cStore, 'C-STORE'],
  [commands.nCreate, 'N-CREATE'],
  [commands.nSet, 'N-SET'],
]);
/** Of a command field, for logs and counters. */
export const operationNameOf = (field: number): OperationName => names.get(field) ?? 'other';
