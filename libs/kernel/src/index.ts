export {
  type Admission,
  type AdmissionLimits,
  type AdmissionRefusal,
  admitConnection,
  defaultPerAddress,
  type OpenConnection,
} from './admission.ts';
export { assertNever } from './assert-never.ts';
export { type Clock, systemClock } from './clock.ts';
export {
  type ErrorCode,
  type ErrorDetails,
  type ErrorKind,
  errorRegistry,
  toVoorrangError,
  VoorrangError,
} from './errors.ts';
export { armFaultPoint, type FaultPoint, faultPoint, faultPoints } from './fault-points.ts';
export { type OpaqueKeys, opaqueKeys } from './opaque-key.ts';
export { isInNetwork, type Origin, type OriginRefusal, originRefusal, parseNetwork, type Speaker } from './origin.ts';
export { err, ok, type Result } from './result.ts';
export { compareStamps, type Stamp } from './stamp.ts';
export { type DurationMs, days, type EpochMs, epochOf, hours, isoOf, minutes, seconds } from './time.ts';
export {
  type ClientCertificateDecision,
  type ClientCertificates,
  type ClientTls,
  decideClientCertificate,
  type ServerTls,
  tlsClientOptions,
  tlsServerOptions,
} from './tls.ts';
