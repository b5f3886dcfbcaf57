import { type AssociationEvent, type AssociationState, transitionOf } from './association-state.ts';
import { ProtocolViolation, pduTypes } from './pdu.ts';

const receivedEvents: readonly (AssociationEvent | undefined)[] = [
  undefined,
  'request-received',
  'accept-received',
  'reject-received',
  'data-received',
  'release-received',
  'release-response-received',
  'abort-received',
];

export type PduLimits = { readonly pduBytes: number; readonly associateRequestBytes: number };

/**
 * Whether a PDU may come now with this length, as its header announces it: nothing is taken before. Throws the `ProtocolViolation` when it may not. PS3.8
 * asks the same for a PDU that is invalid and for one that is out of turn.
 */
export function checkAnnounced(state: AssociationState, type: number, length: number, limits: PduLimits): void {
  const event = receivedEvents[type];
  if (event === undefined) throw new ProtocolViolation('unrecognizedPdu', 'PDU type');
  const action = transitionOf(state, event)?.action;
  if (action === undefined || action === 'AA-1' || action === 'AA-8')
    throw new ProtocolViolation('unexpectedPdu', 'PDU out of turn');
  if (type === pduTypes.data || type === pduTypes.associateRequest) {
    const longest = type === pduTypes.data ? limits.pduBytes : limits.associateRequestBytes;
    if (length > longest) throw new ProtocolViolation('invalidParameter', 'PDU length');
  } else if (length !== 4) throw new ProtocolViolation('invalidParameter', 'PDU length');
}
