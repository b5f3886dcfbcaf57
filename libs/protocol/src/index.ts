export { findingFactSchema, orderingFactSchema } from './facts.ts';
export type { EnvironmentLookup } from './files/on-call.ts';
export { protocolHash } from './hash.ts';
export { loadProtocol, type ProtocolFileName, protocolFiles } from './load-protocol.ts';
export { type LocalTime, localTimeAt } from './local-time.ts';
export type * from './protocol.ts';
export { problemLines, readProtocolDirectory } from './read-protocol-directory.ts';
export { dueAt } from './wait.ts';
export { whoIsOnCall } from './who-is-on-call.ts';
