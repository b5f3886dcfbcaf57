import { newPdu, ProtocolViolation, pduTypes, textOf } from './pdu.ts';

/** DIMSE command fields (PS3.7 §E.1). A response has the high bit set. */
export const commands = {
  cStore: 0x0001,
  cFind: 0x0020,
  cEcho: 0x0030,
  nSet: 0x0120,
  nCreate: 0x0140,
  cCancel: 0x0fff,
  response: 0x8000,
} as const;
const noDataSet = 0x0101;
const noBytes = Buffer.alloc(0);

/** Statuses of C-STORE (PS3.4 §B.2.3), of C-FIND (PS3.4 §C.4.1.1.4) and of DIMSE (PS3.7 §C). */
export const statuses = {
  success: 0x0000,
  /** An attribute was not understood and left out (PS3.7 §C.4.2). */
  attributeListError: 0x0107,
  invalidAttributeValue: 0x0106,
  processingFailure: 0x0110,
  duplicateSopInstance: 0x0111,
  noSuchSopInstance: 0x0112,
  /** The SOP instance UID is none. */
  invalidSopInstance: 0x0117,
  missingAttribute: 0x0120,
  missingAttributeValue: 0x0121,
  sopClassNotSupported: 0x0122,
  notAuthorised: 0x0124,
  unrecognizedOperation: 0x0211,
  resourceLimitation: 0x0213,
  outOfResources: 0xa700,
  sopClassMismatch: 0xa900,
  cannotUnderstand: 0xc000,
  pending: 0xff00,
  pendingWithWarning: 0xff01,
} as const;

const elements = {
  groupLength: 0x0000,
  affectedSopClassUid: 0x0002,
  requestedSopClassUid: 0x0003,
  commandField: 0x0100,
  messageId: 0x0110,
  messageIdRespondedTo: 0x0120,
  priority: 0x0700,
  dataSetType: 0x0800,
  status: 0x0900,
  errorComment: 0x0902,
  errorId: 0x0903,
  affectedSopInstanceUid: 0x1000,
  requestedSopInstanceUid: 0x1001,
} as const;

export type CommandSet = {
  readonly field: number;
  readonly messageId: number;
  readonly hasDataSet: boolean;
  /** The requested ones where a request names those: N-SET, N-GET, N-ACTION, N-DELETE (PS3.7 §10.3). '' when there is none. */
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Of a response. */
  readonly status: number;
  readonly respondedTo: number;
};

/** Reads a command set: implicit little endian, group 0000 only (PS3.7 §6.3.1). Throws `ProtocolViolation` when it is none. */
export function readCommandSet(bytes: Buffer): CommandSet {
  const values = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw unreadable('cut short');
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (bytes.readUInt16LE(at) !== 0 || end > bytes.length) throw unreadable('element');
    values.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end));
    at = end;
  }
  const number = (element: number): number | undefined => {
    const value = values.get(element);
    if (value !== undefined && value.length !== 2) throw unreadable('number');
    return value?.readUInt16LE(0);
  };
  const uid = (element: number): string => textOf(values.get(element) ?? noBytes);
  const field = number(elements.commandField);
  const dataSetType = number(elements.dataSetType);
  const messageId = number(elements.messageId);
  const respondedTo = number(elements.messageIdRespondedTo);
  if (field === undefined || dataSetType === undefined || (messageId === undefined && respondedTo === undefined)) {
    throw unreadable('missing element');
  }
  return {
    field,
    messageId: messageId ?? 0,
    hasDataSet: dataSetType !== noDataSet,
    sopClassUid: uid(elements.affectedSopClassUid) || uid(elements.requestedSopClassUid),
    sopInstanceUid: uid(elements.affectedSopInstanceUid) || uid(elements.requestedSopInstanceUid),
    status: number(elements.status) ?? 0,
    respondedTo: respondedTo ?? 0,
  };
}

const unreadable = (what: string): ProtocolViolation =>
  new ProtocolViolation('notSpecified', `command set: ${what}`, 'user');

export type Response = {
  readonly request: Pick<CommandSet, 'field' | 'messageId' | 'sopClassUid'>;
  readonly status: number;
  /** Of the instance that was made, changed or stored. */
  readonly sopInstanceUid: string;
  /** LO of at most 64 characters, without anything of the data set. */
  readonly comment?: string;
  /** Number that the service gives the error (PS3.7 §C.5). */
  readonly errorId?: number;
};

/** Without a data set. A response names the affected class and instance whatever the request called them (PS3.7 §9.3, §10.3). */
export function responseCommandSet({ request, status, sopInstanceUid, comment, errorId }: Response): Buffer {
  return commandSet([
    [elements.affectedSopClassUid, uidValue(request.sopClassUid)],
    [elements.commandField, uint16(request.field | commands.response)],
    [elements.messageIdRespondedTo, uint16(request.messageId)],
    [elements.dataSetType, uint16(noDataSet)],
    [elements.status, uint16(status)],
    [elements.errorComment, comment === undefined ? undefined : padded(comment.slice(0, 64), ' ')],
    [elements.errorId, errorId === undefined ? undefined : uint16(errorId)],
    [elements.affectedSopInstanceUid, uidValue(sopInstanceUid)],
  ]);
}

export type Request = Pick<CommandSet, 'field' | 'messageId' | 'hasDataSet'> &
  Partial<Pick<CommandSet, 'sopClassUid' | 'sopInstanceUid'>>;

/** C-ECHO, C-STORE, C-FIND, N-CREATE and N-SET requests. */
export function requestCommandSet({ field, messageId, hasDataSet, sopClassUid, sopInstanceUid }: Request): Buffer {
  const [classElement, instanceElement] =
    field === commands.nSet
      ? [elements.requestedSopClassUid, elements.requestedSopInstanceUid]
      : [elements.affectedSopClassUid, elements.affectedSopInstanceUid];
  const hasPriority = field === commands.cStore || field === commands.cFind;
  return commandSet([
    [classElement, uidValue(sopClassUid ?? '')],
    [elements.commandField, uint16(field)],
    [elements.messageId, uint16(messageId)],
    [elements.priority, hasPriority ? uint16(0) : undefined],
    [elements.dataSetType, uint16(hasDataSet ? 1 : noDataSet)],
    [instanceElement, uidValue(sopInstanceUid ?? '')],
  ]);
}

/** C-CANCEL of an operation that still gives answers (PS3.7 §9.3.2.3). */
export const cancelCommandSet = (respondedTo: number): Buffer =>
  commandSet([
    [elements.commandField, uint16(commands.cCancel)],
    [elements.messageIdRespondedTo, uint16(respondedTo)],
    [elements.dataSetType, uint16(noDataSet)],
  ]);

const uint16 = (value: number): Buffer => Buffer.from([value & 0xff, value >>> 8]);
const padded = (text: string, filler: string): Buffer =>
  Buffer.from(text.length % 2 === 0 ? text : text + filler, 'latin1');
const uidValue = (uid: string): Buffer | undefined => (uid === '' ? undefined : padded(uid, '\0'));

function commandSet(values: readonly (readonly [number, Buffer | undefined])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [element, value] of values) if (value !== undefined) parts.push(commandElement(element, value));
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([commandElement(elements.groupLength, length), body]);
}

function commandElement(element: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

/** P-DATA-TF PDUs that carry `bytes` in one presentation context, none longer than `maximumLength` (0: no limit). */
export function dataPdus(
  contextId: number,
  kind: 'command' | 'data-set',
  bytes: Buffer,
  maximumLength: number,
): Buffer {
  const room = maximumLength === 0 ? Math.max(bytes.length, 1) : maximumLength - 6;
  const pdus: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += room) {
    const end = Math.min(bytes.length, at + room);
    const pdu = newPdu(pduTypes.data, 6 + end - at);
    pdu.writeUInt32BE(2 + end - at, 6);
    pdu.writeUInt8(contextId, 10);
    pdu.writeUInt8((kind === 'command' ? 1 : 0) | (end === bytes.length ? 2 : 0), 11);
    bytes.copy(pdu, 12, at, end);
    pdus.push(pdu);
  }
  return pdus.length === 1 && pdus[0] !== undefined ? pdus[0] : Buffer.concat(pdus);
}
