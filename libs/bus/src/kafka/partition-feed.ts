import { toVoorrangError, type VoorrangError } from '@voorrang/kernel';
import type { BatchHandler, BusRecord } from '../ports.ts';

/** How one hand-over ended. `revoked`: the partition was taken away or the subscription stops; whatever had no effect comes to the next owner. */
export type Handed =
  | { readonly kind: 'handled' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'failed'; readonly error: VoorrangError };

export type FeedOptions = {
  readonly partitionKey: string;
  readonly handler: BatchHandler;
  readonly signal: AbortSignal;
  readonly heartbeatIntervalMs: number;
  /** One heartbeat to the group; rejects when the membership is lost. */
  readonly heartbeat: () => Promise<void>;
  /** Called with the error of a heartbeat that failed while the handler was at work. */
  readonly onHeartbeatFailed: (error: unknown) => void;
};

/**
 * Hands records of one partition to the handler and keeps the membership alive meanwhile: kafkajs sends heartbeats only between fetches.
 * The beats are of real time, like the session timer of the broker.
 */
export async function handOver(records: readonly BusRecord[], options: FeedOptions): Promise<Handed> {
  const { partitionKey, handler, signal, heartbeatIntervalMs, heartbeat, onHeartbeatFailed } = options;
  const beat = setInterval(() => void heartbeat().catch(onHeartbeatFailed), heartbeatIntervalMs);
  try {
    await handler(records, { partitionKey, signal, heartbeat });
    return { kind: 'handled' };
  } catch (error) {
    return signal.aborted ? { kind: 'revoked' } : { kind: 'failed', error: toVoorrangError(error) };
  } finally {
    clearInterval(beat);
  }
}

/** Time before the next try: doubles from 100 ms to the limit, spread over the upper half so that partitions do not beat in step. */
export const backoffMs = (attempt: number, limitMs: number, random: number): number =>
  Math.min(limitMs, 100 * 2 ** Math.min(attempt, 20)) * (0.5 + random / 2);
