import type { EpochMs, ErrorCode, VoorrangError } from '@voorrang/kernel';
import type { BusRecord, ParkedRecord } from './ports.ts';

/** Permanent errors that are about this process, not about the message: the message waits for a process that may handle it. */
const aboutUs: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'VRG_BUS_FENCED',
  'VRG_BUS_TOPIC_MISCONFIGURED',
  'VRG_CONFIG_INVALID',
  'VRG_JOURNAL_CORRUPT',
  'VRG_PROTOCOL_INVALID',
  'VRG_STORE_FENCED',
]);

/** Whether an error says that this very message can never be handled. */
export const parksFor = (error: VoorrangError): boolean => error.kind === 'permanent' && !aboutUs.has(error.code);

export const parkedOf = (group: string, record: BusRecord, error: VoorrangError, at: EpochMs): ParkedRecord => ({
  group,
  record,
  code: error.code,
  reason: error.message,
  parkedAt: at,
});
