/** The states of PS3.8 §9.2.2 that an acceptor can be in. Sta4, 5, 7 and 9 to 12 belong to one that asks for an association or for its release. */
export const associationStates = [
  /** Sta1: no connection. */
  'idle',
  /** Sta2: connected, the association request is awaited. */
  'awaiting-request',
  /** Sta3: our own decision about the request is awaited. */
  'deciding',
  /** Sta6. */
  'established',
  /** Sta8: the peer asked for the release, answers are still owed. */
  'releasing',
  /** Sta13: all is said, the peer should close the connection. */
  'closing',
] as const;
export type AssociationState = (typeof associationStates)[number];

/** The events of PS3.8 Table 9-10 that an acceptor can see, with their numbers. */
export const associationEvents = {
  'accept-received': 3,
  'reject-received': 4,
  connected: 5,
  'request-received': 6,
  accepted: 7,
  rejected: 8,
  'data-to-send': 9,
  'data-received': 10,
  'release-received': 12,
  'release-response-received': 13,
  'release-answered': 14,
  /** Our own decision: a message that cannot be understood, a time-out of ours, the end of the service. */
  'abort-wanted': 15,
  'abort-received': 16,
  disconnected: 17,
  'artim-expired': 18,
  'invalid-pdu': 19,
} as const;
export type AssociationEvent = keyof typeof associationEvents;

export type AssociationEffect =
  | 'start-artim'
  | 'stop-artim'
  | 'decide-request'
  | 'send-accept'
  | 'send-reject'
  | 'send-data'
  | 'take-data'
  | 'begin-release'
  | 'send-release-response'
  /** A-ABORT with the source service-user. */
  | 'send-user-abort'
  /** A-ABORT with the source service-provider and a reason. */
  | 'send-provider-abort'
  | 'close-connection'
  /** The PDU has no meaning any more. */
  | 'ignore';

/** The actions of PS3.8 Tables 9-6 to 9-9 as effects, in their order. */
export const associationActions = {
  'AE-5': ['start-artim'],
  'AE-6': ['stop-artim', 'decide-request'],
  'AE-7': ['send-accept'],
  'AE-8': ['send-reject', 'start-artim'],
  'DT-1': ['send-data'],
  'DT-2': ['take-data'],
  'AR-2': ['begin-release'],
  'AR-4': ['send-release-response', 'start-artim'],
  'AR-5': ['stop-artim'],
  'AR-7': ['send-data'],
  'AA-1': ['send-user-abort', 'start-artim'],
  'AA-2': ['stop-artim', 'close-connection'],
  'AA-3': ['close-connection'],
  'AA-4': [],
  'AA-5': ['stop-artim'],
  'AA-6': ['ignore'],
  'AA-7': ['send-provider-abort'],
  'AA-8': ['send-provider-abort', 'start-artim'],
} as const satisfies Record<string, readonly AssociationEffect[]>;
export type AssociationAction = keyof typeof associationActions;

export type Transition = { readonly action: AssociationAction; readonly next: AssociationState };

const to = (action: AssociationAction, next: AssociationState): Transition => ({ action, next });
const userAbort = to('AA-1', 'closing');
const providerAbort = to('AA-8', 'closing');
const abortedByPeer = to('AA-3', 'idle');
const lost = to('AA-4', 'idle');
const ignored = to('AA-6', 'closing');
const closed = to('AA-2', 'idle');

/** PS3.8 Table 9-10. A request that the provider itself must refuse (AE-6) takes the same way as one that we refuse: `deciding`, then `rejected`. */
const transitions: Readonly<Record<AssociationState, Partial<Record<AssociationEvent, Transition>>>> = {
  idle: { connected: to('AE-5', 'awaiting-request') },
  'awaiting-request': {
    'accept-received': userAbort,
    'reject-received': userAbort,
    'request-received': to('AE-6', 'deciding'),
    'data-received': userAbort,
    'release-received': userAbort,
    'release-response-received': userAbort,
    'abort-received': closed,
    disconnected: to('AA-5', 'idle'),
    'artim-expired': closed,
    'invalid-pdu': userAbort,
  },
  deciding: {
    'accept-received': providerAbort,
    'reject-received': providerAbort,
    'request-received': providerAbort,
    accepted: to('AE-7', 'established'),
    rejected: to('AE-8', 'closing'),
    'data-received': providerAbort,
    'release-received': providerAbort,
    'release-response-received': providerAbort,
    'abort-wanted': userAbort,
    'abort-received': abortedByPeer,
    disconnected: lost,
    'invalid-pdu': providerAbort,
  },
  established: {
    'accept-received': providerAbort,
    'reject-received': providerAbort,
    'request-received': providerAbort,
    'data-to-send': to('DT-1', 'established'),
    'data-received': to('DT-2', 'established'),
    'release-received': to('AR-2', 'releasing'),
    'release-response-received': providerAbort,
    'abort-wanted': userAbort,
    'abort-received': abortedByPeer,
    disconnected: lost,
    'invalid-pdu': providerAbort,
  },
  releasing: {
    'accept-received': providerAbort,
    'reject-received': providerAbort,
    'request-received': providerAbort,
    'data-to-send': to('AR-7', 'releasing'),
    'data-received': providerAbort,
    'release-received': providerAbort,
    'release-response-received': providerAbort,
    'release-answered': to('AR-4', 'closing'),
    'abort-wanted': userAbort,
    'abort-received': abortedByPeer,
    disconnected: lost,
    'invalid-pdu': providerAbort,
  },
  closing: {
    'accept-received': ignored,
    'reject-received': ignored,
    'request-received': to('AA-7', 'closing'),
    'data-received': ignored,
    'release-received': ignored,
    'release-response-received': ignored,
    'abort-received': closed,
    disconnected: to('AR-5', 'idle'),
    'artim-expired': closed,
    'invalid-pdu': to('AA-7', 'closing'),
  },
};

/** What PS3.8 says about an event in a state; `undefined` where the table is empty, for what cannot happen. */
export const transitionOf = (state: AssociationState, event: AssociationEvent): Transition | undefined =>
  transitions[state][event];
