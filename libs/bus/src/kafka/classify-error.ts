import { VoorrangError } from '@voorrang/kernel';

/**
 * Kafka error types that mean: this will not work however often it is tried (Kafka protocol guide, error codes).
 * Everything that is named nowhere here is ambiguous.
 */
const refused = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_VERSION',
  'POLICY_VIOLATION',
  'INVALID_CONFIG',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
]);

/** A coordinator or leader that has just been elected, or of a topic that has just been made, answers these for a moment. */
const soonOver = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

const membershipLost = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
  'REBALANCE_IN_PROGRESS',
]);

/** What kafkajs knows of an error: it wraps the first cause in one or two others and hangs the protocol's type on the innermost. */
function factsOf(thrown: unknown): { readonly name: string; readonly type: string | undefined } {
  let type: string | undefined;
  let name = 'unknown';
  const seen = new Set<unknown>();
  for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    const { type: ownType } = error as { type?: unknown };
    if (typeof ownType === 'string') type = ownType;
    name = error.name;
  }
  return { name, type };
}

/** Worth asking the same broker again at once. */
export const isSoonOver = (thrown: unknown): boolean => soonOver.has(factsOf(thrown).type ?? '');

/** The partition is no longer ours, or will not be in a moment. */
export const isMembershipLost = (thrown: unknown): boolean => membershipLost.has(factsOf(thrown).type ?? '');

/**
 * A failed send. Never `transient`: kafkajs tells the error of its last attempt only, an earlier one may have been written without an answer,
 * and of several partitions one may have been written.
 */
export function publishError(thrown: unknown): VoorrangError {
  const { name, type } = factsOf(thrown);
  const code = type !== undefined && refused.has(type) ? 'VRG_BUS_REFUSED' : 'VRG_BUS_PUBLISH_UNKNOWN';
  return new VoorrangError(code, undefined, { details: { kafka: type ?? name }, cause: thrown });
}

/** A failed question or connection: nothing was written. */
export function accessError(thrown: unknown): VoorrangError {
  if (thrown instanceof VoorrangError) return thrown;
  const { name, type } = factsOf(thrown);
  const code = type !== undefined && refused.has(type) ? 'VRG_BUS_REFUSED' : 'VRG_BUS_UNAVAILABLE';
  return new VoorrangError(code, undefined, { details: { kafka: type ?? name }, cause: thrown });
}
