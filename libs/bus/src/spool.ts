import type { Event, NewEvent } from '@voorrang/contracts';
import type { FileSystem } from '@voorrang/journal';
import type { Clock, DurationMs } from '@voorrang/kernel';
import type { EventBus, FactSpool } from './ports.ts';

export type SpoolOptions = {
  /** Holds the journal of the spool, its ingest id and the position of its relay. One process at a time. */
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** Names a new spool; called once in the life of the directory. 1 to 64 characters of A-Z, a-z, 0-9, hyphen. */
  readonly newIngestId: () => string;
  /** `accept` rejects with `VRG_SPOOL_FULL` when the facts that wait would exceed this many bytes on disk. */
  readonly limitBytes?: number;
  readonly segmentBytes?: number;
  /**
   * Merges two facts of one type and key that follow each other in that key, or answers `undefined` to keep both. The merged fact gets the
   * stamp of the first and the id of the range. After a crash a fact may come again merged in other borders, so merged data must be a union
   * that can be applied twice.
   */
  readonly coalesce?: (first: NewEvent, next: NewEvent) => NewEvent | undefined;
  /** Facts relayed in one publish at most; default 500. */
  readonly relayBatch?: number;
  /** The relay position is written at most this often; default 250 ms. */
  readonly positionEveryMs?: DurationMs;
  /** 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
};

export type Spool = FactSpool & {
  readonly ingestId: string;
  /** Begins to relay to the bus. */
  start(): void;
  /** Ends the relay after the batch in hand, writes its position, closes the journal. */
  stop(): Promise<void>;
  /** Resolves when all facts that were durable at the call are on the bus, or the signal aborts. */
  drained(signal?: AbortSignal): Promise<void>;
};

export type OpenSpool = (options: SpoolOptions) => Promise<Spool>;
export type StampedFacts = readonly Event[];
