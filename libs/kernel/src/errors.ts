/**
 * The one error class. `kind` says what a caller may do:
 * `transient` (nothing happened, try again), `ambiguous` (the effect may have happened), `permanent` (will never work).
 * Retry decisions read `kind` and `code`, never the message. `details` and `message` never hold patient data.
 */
export const errorRegistry = {
  VRG_CONFIG_INVALID: { kind: 'permanent', summary: 'the configuration is refused' },
  VRG_PROTOCOL_INVALID: { kind: 'permanent', summary: 'the local protocol directory has mistakes' },
  VRG_JOURNAL_CORRUPT: { kind: 'permanent', summary: 'a journal record before the durable mark does not verify' },
  VRG_JOURNAL_FAILED: { kind: 'ambiguous', summary: 'an earlier fsync failed; the journal no longer accepts records' },
  VRG_JOURNAL_CLOSED: { kind: 'transient', summary: 'the journal is closed' },
  VRG_SPOOL_FULL: { kind: 'transient', summary: 'the spool has reached its limit' },
  VRG_STORAGE_FULL: { kind: 'transient', summary: 'no space left for durable data' },
  VRG_BUS_UNAVAILABLE: { kind: 'transient', summary: 'the event bus cannot be reached' },
  VRG_BUS_PUBLISH_UNKNOWN: { kind: 'ambiguous', summary: 'the event bus did not say whether it took the record' },
  VRG_BUS_REFUSED: { kind: 'permanent', summary: 'the event bus refuses the request' },
  VRG_BUS_TOPIC_MISCONFIGURED: { kind: 'permanent', summary: 'a topic of the event bus differs from what is required' },
  VRG_BUS_FENCED: { kind: 'permanent', summary: 'another member has taken over' },
  VRG_EVENT_UNDECODABLE: { kind: 'permanent', summary: 'an event does not match its schema' },
  VRG_EVENT_TOO_LARGE: { kind: 'permanent', summary: 'an event is larger than the event bus carries' },
  VRG_EVENT_KEY_BLOCKED: { kind: 'permanent', summary: 'an earlier event of the same key is parked' },
  VRG_STORE_UNAVAILABLE: { kind: 'transient', summary: 'the worklist store cannot be reached' },
  VRG_STORE_FENCED: { kind: 'permanent', summary: 'another writer of the worklist has taken over' },
  VRG_STORE_LOST: { kind: 'transient', summary: 'the worklist store has lost its content and must be rebuilt' },
  VRG_SQL_UNAVAILABLE: { kind: 'transient', summary: 'the database cannot be reached' },
  VRG_SQL_CONFLICT: { kind: 'transient', summary: 'a concurrent transaction won' },
  VRG_SQL_UNKNOWN: { kind: 'ambiguous', summary: 'the database did not say whether it committed' },
  VRG_DICOM_PDU_INVALID: { kind: 'permanent', summary: 'a DICOM PDU is malformed' },
  VRG_DICOM_DATASET_INVALID: { kind: 'permanent', summary: 'a DICOM data set cannot be read' },
  VRG_DICOM_PEER_UNAVAILABLE: { kind: 'transient', summary: 'a DICOM peer cannot be reached or ended the association' },
  VRG_DICOM_PEER_REFUSED: { kind: 'permanent', summary: 'a DICOM peer refuses the association or what it is asked' },
  VRG_HL7_UNPARSEABLE: { kind: 'permanent', summary: 'an HL7 message cannot be parsed' },
  VRG_HL7_UNSUPPORTED: { kind: 'permanent', summary: 'an HL7 message of a type or version that is not supported' },
  VRG_HL7_CONTENT: { kind: 'permanent', summary: 'an HL7 message lacks a required field or holds an unusable value' },
  VRG_HTTP_MALFORMED: { kind: 'permanent', summary: 'the request body or a parameter is malformed' },
  VRG_HTTP_UNAUTHENTICATED: { kind: 'permanent', summary: 'sign-in or a bearer token is required' },
  VRG_HTTP_FORBIDDEN: { kind: 'permanent', summary: 'the role does not allow this' },
  VRG_HTTP_UNSUPPORTED_MEDIA: {
    kind: 'permanent',
    summary: 'the media type or the encoding of the request body is not supported',
  },
  VRG_HTTP_NOT_ACCEPTABLE: { kind: 'permanent', summary: 'no answer of the accepted media types can be given' },
  VRG_HTTP_TIMEOUT: { kind: 'permanent', summary: 'the request body came too slowly' },
  VRG_HTTP_TOO_LARGE: { kind: 'permanent', summary: 'the request body is too large' },
  VRG_RESULT_CONFLICT: { kind: 'permanent', summary: 'this resultId is known with other content' },
  VRG_RESULT_UNKNOWN: { kind: 'permanent', summary: 'no result has this id' },
  VRG_DETECTOR_UNKNOWN: { kind: 'permanent', summary: 'the detector is not in the registry of the site' },
  VRG_RESULT_REPLACES: { kind: 'permanent', summary: 'the result that it replaces is of another detector' },
  VRG_FINDING_UNKNOWN: { kind: 'permanent', summary: 'the finding is not one that the detector may report' },
  VRG_STUDY_UNKNOWN: { kind: 'permanent', summary: 'no study has this id' },
  VRG_STUDY_CLAIMED: { kind: 'permanent', summary: 'another person has the study open' },
  VRG_STUDY_STATE: { kind: 'permanent', summary: 'the state of the study does not allow this' },
  VRG_ALERT_UNKNOWN: { kind: 'permanent', summary: 'no alert has this id' },
  VRG_ALERT_STATE: { kind: 'permanent', summary: 'the state of the alert does not allow this' },
  VRG_CHANNEL_REFUSED: { kind: 'permanent', summary: 'a notification provider refused the page' },
  VRG_CHANNEL_UNAVAILABLE: { kind: 'transient', summary: 'a notification provider cannot be reached' },
  VRG_CHANNEL_UNKNOWN: { kind: 'ambiguous', summary: 'a notification provider did not say whether it took the page' },
  VRG_QUARANTINE_STATE: { kind: 'permanent', summary: 'the state of the quarantined message does not allow this' },
  VRG_NOT_FOUND: { kind: 'permanent', summary: 'nothing is found under this address' },
  VRG_UNAVAILABLE: { kind: 'transient', summary: 'the service cannot answer now' },
  VRG_INTERNAL: { kind: 'ambiguous', summary: 'an unexpected error' },
} as const satisfies Record<string, { kind: ErrorKind; summary: string }>;

export type ErrorKind = 'transient' | 'ambiguous' | 'permanent';
export type ErrorCode = keyof typeof errorRegistry;

/** Machine facts of an error: places, limits, counts. Never a value that came from a message about a patient. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export class VoorrangError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message?: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message ?? errorRegistry[code].summary, { cause: options.cause });
    this.name = 'VoorrangError';
    this.code = code;
    this.kind = errorRegistry[code].kind;
    this.details = options.details ?? {};
  }
}

/** What is known of any thrown value: ours as it is, anything else as ambiguous. Its own text is kept as `cause` only. */
export const toVoorrangError = (thrown: unknown): VoorrangError =>
  thrown instanceof VoorrangError ? thrown : new VoorrangError('VRG_INTERNAL', undefined, { cause: thrown });
