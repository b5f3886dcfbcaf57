import type { NewEvent } from '@voorrang/contracts';
import { type EpochMs, VoorrangError } from '@voorrang/kernel';

/** A fact as the spool keeps it. The rest of its stamp follows from where it stands: the spool is the ingest id, the number of the record its `seq`. */
export type SpooledFact = { readonly observedAt: EpochMs; readonly fact: NewEvent };

export const encodeFact = (fact: NewEvent, observedAt: EpochMs): Uint8Array =>
  Buffer.from(JSON.stringify({ version: 1, observedAt, fact }));

export function decodeFact(payload: Uint8Array): SpooledFact {
  const { version, observedAt, fact } = JSON.parse(
    Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString(),
  );
  if (version !== 1)
    throw new VoorrangError('VRG_JOURNAL_CORRUPT', 'a fact of the spool was written by a newer version', {
      details: { version },
    });
  return { observedAt, fact };
}
