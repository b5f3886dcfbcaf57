export {
  type AcknowledgeOptions,
  type AcknowledgeStyle,
  acknowledge,
  type Outcome,
  outcomeOf,
} from './acknowledge.ts';
export { acknowledgeBatch } from './acknowledge-batch.ts';
export { type Batch, type BatchedMessage, splitBatch } from './batch.ts';
export { type CharsetWarning, charsetLabel } from './charset.ts';
export { type FieldPath, parseFieldPath, readField } from './field-path.ts';
export { type Delimiters, type Hl7Header, readHeader } from './header.ts';
export type { MappedEvent, MappedType } from './mapping/event.ts';
export { type MappedMessage, mapMessage } from './mapping/map-message.ts';
export { orderedModalities } from './mapping/modality.ts';
export { defaultStrokeCodeWords, type FieldName, type MappingSettings } from './mapping/settings.ts';
export { instantOf } from './mapping/timestamp.ts';
export { Hl7Message, Hl7Segment } from './message.ts';
export { defaultMaxMessageBytes, type Framed, MllpFramer, mllpBlock } from './mllp-framer.ts';
export {
  defaultMllpLimits,
  type MllpLimits,
  type MllpPeer,
  type MllpServerEvent,
  type MllpServerOptions,
  type PeerDecision,
} from './mllp-options.ts';
export { createMllpServer, type MllpServer } from './mllp-server.ts';
export { decodeMessage, parseMessage, type Unparseable } from './parse-message.ts';
export {
  type ErrorCondition,
  errorConditions,
  type Hl7Location,
  type Hl7Problem,
  locationText,
  problem,
} from './problem.ts';
export { type OutOfOrder, outOfOrder, type SentPlace, sentPlaceOf } from './sent-order.ts';
export { defaultProcessingIds, findUnsupported, supportedMessages } from './supported.ts';
