import type { EpochMs } from './time.ts';

/**
 * When and where a source fact became durable first. Redelivery, relays and replays keep it.
 * `observedAt` is our clock at that append, `ingestId` names the spool, `seq` its position there.
 */
export type Stamp = { readonly observedAt: EpochMs; readonly ingestId: string; readonly seq: number };

/** Total order of facts: by time, then spool, then position. Two different facts never compare equal. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.observedAt !== b.observedAt) return a.observedAt - b.observedAt;
  if (a.ingestId !== b.ingestId) return a.ingestId < b.ingestId ? -1 : 1;
  return a.seq - b.seq;
}
