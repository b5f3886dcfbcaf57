import type { NewEvent } from '@voorrang/contracts';
import { type EpochMs, VoorrangError } from '@voorrang/kernel';
import type { Receipt } from '../ports.ts';

/**
 * A record as the spool keeps it: a fact for the bus (version 1) or a receipt (version 2). The rest of the stamp of a fact follows from where it stands:
 * the spool is the ingest id, the number of the record its `seq`.
 */
export type SpooledFact = { readonly observedAt: EpochMs; readonly fact: NewEvent };
export type SpooledReceipt = { readonly observedAt: EpochMs; readonly receipt: Receipt };

export const encodeFact = (fact: NewEvent, observedAt: EpochMs): Uint8Array =>
  Buffer.from(JSON.stringify({ version: 1, observedAt, fact }));

export const encodeReceipt = (receipt: Receipt, observedAt: EpochMs): Uint8Array =>
  Buffer.from(JSON.stringify({ version: 2, observedAt, receipt }));

const versionAt = '{"version":'.length;
const two = '2'.charCodeAt(0);

/** Told by one byte: the relay of facts passes receipts over without reading them, and that of receipts the facts. */
export const isReceipt = (payload: Uint8Array): boolean => payload[versionAt] === two;

export const decodeFact = (payload: Uint8Array): SpooledFact => decode(payload, 1) as SpooledFact;
export const decodeReceipt = (payload: Uint8Array): SpooledReceipt => decode(payload, 2) as SpooledReceipt;
export const decodeObservedAt = (payload: Uint8Array): EpochMs =>
  (isReceipt(payload) ? decodeReceipt(payload) : decodeFact(payload)).observedAt;

function decode(payload: Uint8Array, expected: number): unknown {
  const record = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  if (record.version !== expected)
    throw new VoorrangError('VRG_JOURNAL_CORRUPT', 'a record of the spool was written by a newer version', {
      details: { version: record.version },
    });
  return record;
}
