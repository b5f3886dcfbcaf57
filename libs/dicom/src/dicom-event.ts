import type { AdmissionRefusal } from '@voorrang/kernel';
import type { Outcome } from './answer-store.ts';
import type { Rejection } from './association.ts';
import type { RejectionReason } from './negotiation.ts';
import type { OperationName } from './operations.ts';
import type { Abort } from './pdu.ts';
import type { Peer } from './peer.ts';

export type AssociationEnd =
  | 'released'
  | 'rejected'
  | 'aborted'
  | 'aborted-by-peer'
  | 'timed-out'
  | 'too-slow'
  | 'evicted'
  | 'connection-lost'
  | 'server-closed';

/** What happens on the wire, for logs and metrics: codes and titles, nothing of a patient. */
export type DicomEvent =
  | { readonly kind: 'connection-refused'; readonly peer: Peer; readonly reason: AdmissionRefusal }
  | {
      readonly kind: 'tls-refused';
      readonly peer: Peer;
      readonly reason: 'handshake' | 'timed-out' | 'certificate-missing' | 'certificate-not-verified';
      /** What OpenSSL says, such as ERR_SSL_UNSUPPORTED_PROTOCOL. */
      readonly code?: string;
    }
  | {
      readonly kind: 'association-accepted';
      readonly peer: Peer;
      readonly acceptedContexts: number;
      readonly refusedContexts: number;
    }
  | {
      readonly kind: 'association-rejected';
      readonly peer: Peer;
      readonly rejection: Rejection;
      readonly reason: RejectionReason;
    }
  | {
      readonly kind: 'answered';
      readonly peer: Peer;
      readonly operation: OperationName;
      readonly outcome: Outcome;
      readonly bytes: number;
    }
  | { readonly kind: 'ended'; readonly peer: Peer; readonly end: AssociationEnd; readonly abort?: Abort }
  | { readonly kind: 'failure'; readonly peer: Peer; readonly error: unknown };
