/** PDU types of PS3.8 §9.3. */
export const pduTypes = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseResponse: 0x06,
  abort: 0x07,
} as const;

/** A-ABORT reasons of the service provider (PS3.8 §9.3.8). */
export const abortReasons = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unrecognizedParameter: 4,
  unexpectedParameter: 5,
  invalidParameter: 6,
} as const;
export type AbortReason = keyof typeof abortReasons;

/** Who ends the association: `user` for a message that cannot be understood (PS3.7), `provider` for a PDU (PS3.8). */
export type Abort = { readonly source: 'user' | 'provider'; readonly reason: AbortReason; readonly what: string };

/** A peer broke the protocol: the association is aborted with this. Never leaves the library. */
export class ProtocolViolation extends Error {
  readonly abort: Abort;
  constructor(reason: AbortReason, what: string, source: Abort['source'] = 'provider') {
    super(what);
    this.abort = { source, reason, what };
  }
}

/** PDU header with room for `length` bytes behind it. */
export function newPdu(type: number, length: number): Buffer {
  const pdu = Buffer.alloc(6 + length);
  pdu.writeUInt8(type, 0);
  pdu.writeUInt32BE(length, 2);
  return pdu;
}

export function abortPdu({ source, reason }: Abort): Buffer {
  const pdu = newPdu(pduTypes.abort, 4);
  pdu.writeUInt8(source === 'user' ? 0 : 2, 8);
  pdu.writeUInt8(source === 'user' ? 0 : abortReasons[reason], 9);
  return pdu;
}

export const releaseResponsePdu = (): Buffer => newPdu(pduTypes.releaseResponse, 4);

/** Without padding. A loop, since the pattern `[\s\0]+$` tries again at every blank of an item that is full of them. */
export function textOf(bytes: Buffer): string {
  const isPadding = (byte: number | undefined): boolean =>
    byte === 0 || byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13);
  let start = 0;
  let end = bytes.length;
  while (isPadding(bytes[start])) start += 1;
  while (end > start && isPadding(bytes[end - 1])) end -= 1;
  return bytes.toString('latin1', start, end);
}
