import type { FileSystem } from './file-system.ts';

/** One record as it was appended. `seq` counts from 0 without gaps over the whole journal; only an explicit repair leaves numbers out. */
export type JournalRecord = { readonly seq: number; readonly payload: Uint8Array };

export type JournalOptions = {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  /** A segment is closed and the next begun at this size. */
  readonly segmentBytes?: number;
  /** `append` rejects with `VRG_SPOOL_FULL` when the segments on disk would exceed this. */
  readonly limitBytes?: number;
  /** Newest records kept in memory for those who follow the head; default 0, all are read from the disk. */
  readonly recentBytes?: number;
};

/**
 * Durable append-only log. Record on disk: length (uint32 LE), CRC32C (uint32 LE) over length and payload, payload; what else a segment holds is in `frame.ts`.
 * `append` resolves with the first sequence number only after the records and, for a new segment, its directory entry are synced (group commit:
 * appends that wait together share one sync). After a failed sync every later append rejects with `VRG_JOURNAL_FAILED`.
 */
export interface Journal {
  append(payloads: readonly Uint8Array[]): Promise<number>;
  /** Sequence number that the next record will get; every record below it is durable. */
  readonly head: number;
  /** Sequence number of the oldest record still kept. */
  readonly tail: number;
  /** Durable records from `from` (inclusive) on to the head at the time of each read. Ends there; it does not wait. */
  read(from: number): AsyncIterable<readonly JournalRecord[]>;
  /** Resolves at once when `head > seq`, else when it becomes so, the signal aborts or the journal is closed. */
  waitFor(seq: number, signal?: AbortSignal): Promise<void>;
  /** Removes whole segments whose records are all below `seq`. */
  dropBelow(seq: number): Promise<void>;
  readonly sizeBytes: number;
  /** Set after a failed sync or write: what went wrong. */
  readonly failure: Error | undefined;
  close(): Promise<void>;
}
