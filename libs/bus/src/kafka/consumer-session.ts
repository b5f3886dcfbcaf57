import type { VoorrangError } from '@voorrang/kernel';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload } from 'kafkajs';
import { type BusRecord, positionKey, type SubscribeOptions } from '../ports.ts';
import { atMost } from './broker-time.ts';
import { accessError, isMembershipLost } from './classify-error.ts';
import { kafkaClient } from './kafka-client.ts';
import type { KafkaSettings } from './options.ts';
import { backoffMs, handOver } from './partition-feed.ts';
import { toBusRecord } from './to-bus-record.ts';

export type SessionOptions = {
  readonly settings: KafkaSettings;
  readonly subscription: SubscribeOptions;
  /** Where to begin each of the partitions; asked at every assignment. */
  readonly startPositions: (partitions: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** A partition has moved on: its new position is in `positions`. */
  readonly onProgress: () => void;
};

type Generation = {
  readonly stop: AbortController;
  readonly partitions: readonly string[];
  readonly positioned: Promise<void>;
};

/**
 * The life of one kafkajs consumer: joins the group, seeks every partition it is given to the position it is told, hands records over, and ends
 * at the first thing kafkajs cannot get over. It is never repaired, only replaced: kafkajs counts the errors of a consumer over its whole life
 * and gives up after some, so a new one is the only state that is known to work.
 */
export class ConsumerSession {
  /** Offset of the next record to hand over, of every partition that is assigned and whose start is known. */
  readonly positions = new Map<string, number>();
  /** Partitions whose handler rejected the last time, with its error. */
  readonly failing = new Map<string, { readonly attempts: number; readonly error: VoorrangError }>();
  /** Resolves once with the reason when the consumer has come to its end by itself. */
  readonly ended: Promise<VoorrangError>;
  readonly #options: SessionOptions;
  readonly #consumer: Consumer;
  readonly #inHand = new Map<string, { readonly since: number; readonly done: Promise<void> }>();
  #end: (error: VoorrangError) => void = () => {};
  #generation: Generation | undefined;
  #lastSign = performance.now();
  #joined = false;
  #closing = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { timing, groupOf } = options.settings;
    this.#consumer = kafkaClient(options.settings).consumer({
      groupId: groupOf(options.subscription.group),
      sessionTimeout: timing.sessionTimeoutMs,
      heartbeatInterval: timing.heartbeatIntervalMs,
      rebalanceTimeout: timing.rebalanceTimeoutMs,
      maxWaitTimeInMs: timing.maxWaitMs,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
    this.#listen();
  }

  /** The group has given us our partitions and we know where each begins. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Partitions of the current assignment. */
  get assigned(): readonly string[] {
    return this.#generation?.partitions ?? [];
  }

  /** Milliseconds since the broker last answered. */
  get silentForMs(): number {
    return performance.now() - this.#lastSign;
  }

  /** Milliseconds for which the slowest handler has had its batch; 0 when none is at work. */
  get longestInHandMs(): number {
    let longest = 0;
    for (const { since } of this.#inHand.values()) longest = Math.max(longest, performance.now() - since);
    return longest;
  }

  async run(): Promise<void> {
    const { settings, subscription } = this.#options;
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: subscription.topics.map(settings.nameOf), fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 32,
        eachBatch: (payload) => this.#onBatch(payload),
      });
    } catch (error) {
      this.#end(accessError(error));
    }
  }

  /**
   * Begins nothing new, waits for the batches in hand and their commits, and leaves the group. Batches in hand are waited for without limit: the
   * same records must not go to two handlers of one process. A broker that does not answer the farewell is not waited for.
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#generation?.stop.abort();
    const left = this.#consumer.disconnect().catch(() => {});
    await Promise.all([...this.#inHand.values()].map(({ done }) => done));
    await atMost(this.patienceMs, left);
  }

  /** How long a farewell to the broker may take: one that has been silent will not answer it either. */
  get patienceMs(): number {
    const { heartbeatIntervalMs, requestTimeoutMs } = this.#options.settings.timing;
    return this.#joined && this.silentForMs < 3 * heartbeatIntervalMs ? requestTimeoutMs : 2 * heartbeatIntervalMs;
  }

  #listen(): void {
    const { CRASH, STOP, DISCONNECT, GROUP_JOIN, FETCH, HEARTBEAT, REBALANCING } = this.#consumer.events;
    this.#consumer.on(CRASH, ({ payload }) => this.#end(accessError(payload.error)));
    this.#consumer.on(STOP, () => this.#endUnlessClosing('stopped'));
    this.#consumer.on(DISCONNECT, () => this.#endUnlessClosing('disconnected'));
    this.#consumer.on(GROUP_JOIN, (event) => this.#onJoin(event));
    this.#consumer.on(FETCH, () => this.#alive());
    this.#consumer.on(HEARTBEAT, () => this.#alive());
    this.#consumer.on(REBALANCING, () => this.#revoke());
  }

  #alive(): void {
    this.#lastSign = performance.now();
  }

  /** A crash tells its error after kafkajs has stopped the consumer, so a stop that nobody asked for waits a moment for it. */
  #endUnlessClosing(what: string): void {
    if (this.#closing) return;
    setTimeout(() => this.#end(accessError(new Error(what))), 50).unref();
  }

  #revoke(): void {
    this.#joined = false;
    this.#generation?.stop.abort();
  }

  #onJoin({ payload }: ConsumerGroupJoinEvent): void {
    this.#alive();
    this.#revoke();
    const { settings, startPositions } = this.#options;
    const assigned = Object.entries(payload.memberAssignment).flatMap(([name, partitions]) =>
      partitions.map((partition) => ({ name, partition, key: positionKey(settings.topicOf(name), partition) })),
    );
    const stop = new AbortController();
    if (this.#closing) stop.abort();
    const partitions = assigned.map(({ key }) => key);
    this.positions.clear();
    for (const key of this.failing.keys()) if (!partitions.includes(key)) this.failing.delete(key);
    const position = async (): Promise<void> => {
      const starts = await startPositions(partitions);
      if (stop.signal.aborted) return;
      for (const { name, partition, key } of assigned) {
        const start = starts.get(key) ?? 0;
        this.positions.set(key, start);
        this.#consumer.seek({ topic: name, partition, offset: String(start) });
      }
      this.#joined = true;
      this.#options.onProgress();
    };
    const positioned = position();
    this.#generation = { stop, partitions, positioned };
    positioned.catch((error: unknown) => this.#end(accessError(error)));
  }

  async #onBatch(payload: EachBatchPayload): Promise<void> {
    const generation = this.#generation;
    if (generation === undefined) return;
    await generation.positioned.catch(() => {});
    const { batch } = payload;
    const key = positionKey(this.#options.settings.topicOf(batch.topic), batch.partition);
    const from = this.positions.get(key);
    // Stale: fetched before the seek to our position took effect. It is dropped unresolved, and the next fetch begins at the right place.
    if (from === undefined || generation.stop.signal.aborted || payload.isStale()) return;
    const records = batch.messages
      .filter(({ offset }) => Number(offset) >= from)
      .map((message) => toBusRecord(this.#options.settings.topicOf(batch.topic), batch.partition, message));
    if (records.length === 0) return payload.resolveOffset(batch.lastOffset());
    const work = this.#handRecords(records, key, generation, payload);
    const done = work.catch(() => {});
    this.#inHand.set(key, { since: performance.now(), done });
    try {
      await work;
    } finally {
      this.#inHand.delete(key);
    }
  }

  async #handRecords(
    records: readonly BusRecord[],
    key: string,
    generation: Generation,
    payload: EachBatchPayload,
  ): Promise<void> {
    const { subscription, settings } = this.#options;
    const { signal } = generation.stop;
    const size = subscription.maxBatch ?? 256;
    let lost: unknown;
    for (let at = 0; at < records.length; at += size) {
      // Asks the group when the last answer is old: this process may have slept through its session and be a zombie that does not know it.
      if (this.silentForMs > settings.timing.heartbeatIntervalMs) await payload.heartbeat();
      if (signal.aborted) return;
      const part = records.slice(at, at + size);
      const handed = await handOver(part, {
        partitionKey: key,
        handler: subscription.handler,
        signal,
        heartbeatIntervalMs: settings.timing.heartbeatIntervalMs,
        heartbeat: () => payload.heartbeat(),
        onHeartbeatFailed: (error) => {
          if (!isMembershipLost(error)) return;
          lost = error;
          generation.stop.abort();
        },
      });
      if (handed.kind === 'failed') return this.#postpone(key, handed.error, payload);
      if (handed.kind === 'handled') await this.#moveOn(part, key, generation, payload);
      if (lost !== undefined) throw lost;
      if (handed.kind === 'revoked') return;
    }
  }

  async #moveOn(
    part: readonly BusRecord[],
    key: string,
    generation: Generation,
    payload: EachBatchPayload,
  ): Promise<void> {
    const last = part.at(-1)?.offset ?? 0;
    this.failing.delete(key);
    // A commit would go out under the new membership and could set back the group's offset of a partition that is another member's now.
    if (this.#generation !== generation) return;
    payload.resolveOffset(String(last));
    this.positions.set(key, last + 1);
    if (this.#options.subscription.startAt === 'committed') {
      const { topic, partition } = payload.batch;
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: String(last + 1) }] }],
      });
      this.#alive();
    }
    this.#options.onProgress();
  }

  /** The partition waits, fetched by nobody, while the others go on; then it comes again from the first record without effect. */
  #postpone(key: string, error: VoorrangError, payload: EachBatchPayload): void {
    const attempts = (this.failing.get(key)?.attempts ?? 0) + 1;
    this.failing.set(key, { attempts, error });
    const resume = payload.pause();
    const { clock, timing } = this.#options.settings;
    void clock.wait(backoffMs(attempts - 1, timing.maxBackoffMs, Math.random())).then(resume);
    this.#options.onProgress();
  }
}
