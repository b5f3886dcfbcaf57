import type { Event, Topic } from '@voorrang/contracts';
import type { DurationMs, VoorrangError } from '@voorrang/kernel';

/** One message as the bus carries it. `headers` hold `traceparent` and nothing of the patient. */
export type OutgoingRecord = {
  readonly topic: Topic;
  /** Opaque key: records of one key keep their order. */
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

export type BusRecord = {
  readonly topic: Topic;
  readonly partition: number;
  /** Grows within (topic, partition); may have gaps. */
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
};

/** `${topic}/${partition}` to the offset of the next record to read. A partition that is not named starts at its beginning. */
export type Positions = Readonly<Record<string, number>>;
export const positionKey = (topic: Topic, partition: number): string => `${topic}/${partition}`;

/**
 * A batch handler gets records of ONE partition in order, and is never called at the same time twice for one partition.
 * When it resolves, everything in the batch has had its effect and the position may move. When it rejects, the same records come again
 * later (transient and ambiguous errors wait with jitter; the partition waits meanwhile and `state` shows it).
 */
export type BatchHandler = (records: readonly BusRecord[], context: BatchContext) => Promise<void>;
export type BatchContext = {
  readonly partitionKey: string;
  /** Aborts when the subscription stops or the partition is taken away: begin no new effect. */
  readonly signal: AbortSignal;
  /** To be called between long steps; keeps the membership alive. */
  readonly heartbeat: () => Promise<void>;
};

export type SubscribeOptions = {
  /** Name of the consumer group; one member of it handles a partition at a time. */
  readonly group: string;
  readonly topics: readonly Topic[];
  /**
   * `committed`: where the group left off (from the beginning for a new group).
   * A function: a projection that keeps its own positions; it is asked at every (re)assignment, and the group's offsets are never used to resume.
   */
  readonly startAt: 'committed' | (() => Promise<Positions>);
  readonly handler: BatchHandler;
  /** Largest batch handed over at once; default 256. */
  readonly maxBatch?: number;
};

export type SubscriptionState = {
  /** `stalled` names a handler that keeps failing or a fetch that does not come back; readiness shows it. */
  readonly status: 'starting' | 'running' | 'stalled' | 'stopped';
  /** Why it is stalled; beside `running`, what people should know: its position was put back and records come again. */
  readonly error?: VoorrangError;
};

export interface Subscription {
  readonly state: SubscriptionState;
  /** Resolves when everything that was durable on the bus at the time of the call has been handled. */
  caughtUp(signal?: AbortSignal): Promise<void>;
  /** Finishes the batch in hand, commits, leaves. */
  stop(): Promise<void>;
}

/**
 * Durable, partitioned log. Promises: at least once; order per key; a published record is read by every group.
 * `publish` resolves when all records are durable; rejects with kind `transient` (none written by this call as far as known) or `ambiguous`.
 * Repeating a publish may duplicate records.
 */
export interface EventBus {
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Position after the last durable record of every partition of the topics. */
  heads(topics: readonly Topic[]): Promise<Positions>;
  readonly health: { readonly ok: boolean; readonly detail: string };
  close(): Promise<void>;
}

/** What an event handler answers; decoding, spans, parking and committing are the runner's. */
export type HandlerResult =
  | { readonly kind: 'ack' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'retry'; readonly after: DurationMs; readonly error: VoorrangError }
  | { readonly kind: 'park'; readonly error: VoorrangError };

export const ack = (): HandlerResult => ({ kind: 'ack' });
export const skip = (reason: string): HandlerResult => ({ kind: 'skip', reason });
export const park = (error: VoorrangError): HandlerResult => ({ kind: 'park', error });

/** A message that can never be handled, kept with its original bytes. */
export type ParkedRecord = {
  readonly group: string;
  readonly record: BusRecord;
  readonly code: string;
  readonly reason: string;
  readonly parkedAt: number;
};

/** Where parked messages are kept durably. `park` is idempotent by (group, topic, partition, offset). */
export interface ParkingStore {
  park(parked: ParkedRecord): Promise<void>;
  blockedKeys(group: string): Promise<ReadonlySet<string>>;
  list(group?: string): Promise<readonly ParkedRecord[]>;
  release(group: string, key: string): Promise<readonly ParkedRecord[]>;
}

/**
 * What an edge notes of one message: JSON, with nothing of a patient. It becomes durable in the same append as the facts of the message and goes to the sink
 * of the spool instead of the bus.
 */
export type Receipt = Readonly<Record<string, unknown>>;

/** Where an edge puts source facts: resolves with the stamped events once they are durable in its own spool, and with them the receipts. */
export interface FactSpool {
  accept(
    facts: readonly import('@voorrang/contracts').NewEvent[],
    beside?: { readonly receipts?: readonly Receipt[] },
  ): Promise<readonly Event[]>;
  readonly health: { readonly ok: boolean; readonly detail: string; readonly waiting: number };
}
