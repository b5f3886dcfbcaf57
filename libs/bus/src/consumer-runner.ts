import { decodeEvent, type KnownEvent, type Topic } from '@voorrang/contracts';
import { type Clock, isoOf, seconds, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { BugTries, mayBeBug } from './bug-tries.ts';
import { BlockedKeys, parkedOf, parksFor } from './parking.ts';
import {
  type BatchContext,
  type BusRecord,
  type EventBus,
  type HandlerResult,
  type ParkedRecord,
  type ParkingStore,
  type Positions,
  positionKey,
  type SubscribeOptions,
  type Subscription,
} from './ports.ts';
import { type RunnerLogger, tellingFailures } from './telling-failures.ts';

/** The part of the platform's metrics that the runner counts in. */
export type RunnerMetrics = {
  counter(
    name: string,
    help: string,
    labels?: readonly string[],
  ): { inc(labels: Record<string, string>, by?: number): void };
};

/** What a handler is told beside the events. */
export type HandlerContext = {
  /** Position after everything up to the last event of this call: what a projection stores in the same atomic write. */
  readonly positions: Positions;
  readonly signal: AbortSignal;
  /** `records[i]` carried `events[i]`. */
  readonly records: readonly BusRecord[];
  readonly heartbeat: () => Promise<void>;
};

/**
 * Answers for all events of the call, or one answer per event in their order. A thrown error counts by its kind:
 * permanent parks, a bug (`VRG_INTERNAL`) that one event trips 5 times by itself parks that event, everything else comes again.
 */
export type EventHandler = (
  events: readonly KnownEvent[],
  context: HandlerContext,
) => Promise<HandlerResult | readonly HandlerResult[]>;

export type RunEventsOptions = {
  readonly bus: EventBus;
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly startAt: SubscribeOptions['startAt'];
  readonly parking: ParkingStore;
  readonly clock: Clock;
  readonly logger: RunnerLogger;
  readonly metrics: RunnerMetrics;
  /**
   * `each`: one event per call. `batch`: all decodable events of a batch at once; also called with no events when a batch held none,
   * so that a projection's positions reach the head.
   */
  readonly mode: 'each' | 'batch';
  readonly handle: EventHandler;
  /** Called after a record was parked, before anything later of the partition: a service marks the study `unprocessed` here. Must be idempotent. */
  readonly onParked?: (parked: ParkedRecord) => Promise<void>;
  /** Wraps each call of `handle`: telemetry opens its span here, with the trace context of the records' headers. */
  readonly around?: <T>(records: readonly BusRecord[], work: () => Promise<T>) => Promise<T>;
  readonly maxBatch?: number;
};

/** One event of a batch with the record that carried it. */
type Item = { readonly record: BusRecord; readonly event: KnownEvent };

/**
 * Subscribes a handler of events: decodes, skips unknown types, parks what can never be handled and whatever follows it in its key,
 * lets everything else come again. Rejects only as `EventBus.subscribe` does.
 */
export function runEvents(options: RunEventsOptions): Promise<Subscription> {
  const runner = new ConsumerRunner(options);
  return options.bus.subscribe({
    group: options.group,
    topics: options.topics,
    startAt: runner.startAt,
    handler: tellingFailures((records, context) => runner.handle(records, context), options.group, options.logger),
    ...(options.maxBatch === undefined ? {} : { maxBatch: options.maxBatch }),
  });
}

class ConsumerRunner {
  readonly startAt: SubscribeOptions['startAt'];
  readonly #options: RunEventsOptions;
  readonly #handled: ReturnType<RunnerMetrics['counter']>;
  /** How far a rejected batch of a partition had come: its records below this had their effect and are not handed over again. */
  readonly #progress = new Map<string, number>();
  readonly #bugTries = new BugTries();

  constructor(options: RunEventsOptions) {
    this.#options = options;
    this.#handled = options.metrics.counter(
      'voorrang_consumer_events_total',
      'events a consumer group finished with, by outcome',
      ['group', 'outcome'],
    );
    const { startAt } = options;
    this.startAt =
      startAt === 'committed'
        ? startAt
        : () => {
            this.#progress.clear();
            this.#bugTries.clear();
            return startAt();
          };
  }

  async handle(records: readonly BusRecord[], context: BatchContext): Promise<void> {
    const from = this.#progress.get(context.partitionKey) ?? 0;
    const fresh = records.filter((record) => record.offset >= from);
    const last = records.at(-1);
    if (last === undefined) return;
    const blocked = await BlockedKeys.load(this.#options.parking, this.#options.group);
    if (this.#options.mode === 'batch') await this.#batch(fresh, last, context, blocked);
    else await this.#each(fresh, context, blocked);
    this.#progress.delete(context.partitionKey);
  }

  async #each(records: readonly BusRecord[], context: BatchContext, blocked: BlockedKeys): Promise<void> {
    for (const record of records) {
      if (context.signal.aborted) throw unfinished();
      const event = await this.#decoded(record, blocked);
      if (event !== undefined) await this.#one({ record, event }, context, blocked);
      this.#progress.set(context.partitionKey, record.offset + 1);
    }
  }

  async #batch(
    records: readonly BusRecord[],
    last: BusRecord,
    context: BatchContext,
    blocked: BlockedKeys,
  ): Promise<void> {
    const items: Item[] = [];
    for (const record of records) {
      const event = await this.#decoded(record, blocked);
      if (event !== undefined) items.push({ record, event });
    }
    try {
      const results = await this.#call(items, last, context);
      for (const [at, item] of items.entries()) {
        await this.#conclude(
          item,
          Array.isArray(results) ? (results[at] ?? { kind: 'ack' }) : results,
          context,
          blocked,
        );
      }
    } catch (thrown) {
      const error = toVoorrangError(thrown);
      if (!(parksFor(error) || mayBeBug(error)) || items.length === 0) throw thrown;
      await this.#isolate(items, last, context, blocked);
    }
  }

  /** A batch failed for good, or with a bug, as a whole: hand its events over one by one, so that only the one at fault parks. */
  async #isolate(items: readonly Item[], last: BusRecord, context: BatchContext, blocked: BlockedKeys): Promise<void> {
    for (const item of items) {
      if (context.signal.aborted) throw unfinished();
      await this.#one(item, context, blocked);
      this.#progress.set(context.partitionKey, item.record.offset + 1);
    }
    await this.#call([], last, context);
  }

  async #one(item: Item, context: BatchContext, blocked: BlockedKeys): Promise<void> {
    if (blocked.parkedAs(item.record) !== undefined) return;
    if (blocked.blocks(item.record)) return this.#park(item.record, keyBlocked(), blocked);
    let result: HandlerResult;
    try {
      const results = await this.#call([item], item.record, context);
      result = Array.isArray(results) ? (results[0] ?? { kind: 'ack' }) : results;
    } catch (thrown) {
      result = { kind: 'park', error: this.#parkingReason(item.record, toVoorrangError(thrown)) };
    }
    await this.#conclude(item, result, context, blocked);
    this.#bugTries.ended(item.record);
  }

  /** Why a record that failed by itself is parked; throws when it is to come again. */
  #parkingReason(record: BusRecord, error: VoorrangError): VoorrangError {
    if (parksFor(error)) return error;
    const bug = mayBeBug(error) ? this.#bugTries.failed(record, error) : undefined;
    if (bug === undefined) throw error;
    return bug;
  }

  async #call(
    items: readonly Item[],
    last: BusRecord,
    context: BatchContext,
  ): Promise<HandlerResult | readonly HandlerResult[]> {
    const { handle, around } = this.#options;
    const records = items.map(({ record }) => record);
    const work = () =>
      handle(
        items.map(({ event }) => event),
        {
          positions: { [positionKey(last.topic, last.partition)]: last.offset + 1 },
          signal: context.signal,
          heartbeat: context.heartbeat,
          records,
        },
      );
    return around === undefined ? work() : around(records, work);
  }

  async #conclude(item: Item, result: HandlerResult, context: BatchContext, blocked: BlockedKeys): Promise<void> {
    if (blocked.blocks(item.record)) return this.#park(item.record, keyBlocked(), blocked);
    switch (result.kind) {
      case 'ack':
        return this.#count('handled');
      case 'skip':
        return this.#count('skipped');
      case 'park':
        return this.#park(item.record, result.error, blocked);
      case 'retry':
        await this.#waitAlive(result.after, context);
        throw result.error;
    }
  }

  /** The event, or nothing when the record was skipped or parked. */
  async #decoded(record: BusRecord, blocked: BlockedKeys): Promise<KnownEvent | undefined> {
    const known = blocked.parkedAs(record);
    if (known !== undefined) {
      // It comes again; the last time may have ended between the parking and this call.
      await this.#options.onParked?.(known);
      return undefined;
    }
    if (blocked.blocks(record)) {
      await this.#park(record, keyBlocked(), blocked);
      return undefined;
    }
    try {
      const decoded = decodeEvent(record.value);
      if (decoded.kind === 'event') return decoded.event;
      this.#count('unknown-type');
      return undefined;
    } catch (thrown) {
      const error = toVoorrangError(thrown);
      if (!parksFor(error)) throw error;
      await this.#park(record, error, blocked);
      return undefined;
    }
  }

  async #park(record: BusRecord, error: VoorrangError, blocked: BlockedKeys): Promise<void> {
    const { parking, group, clock, logger, onParked } = this.#options;
    const parked = parkedOf(group, record, error, clock.now());
    await parking.park(parked);
    await onParked?.(parked);
    blocked.add(parked);
    this.#count('parked');
    logger.error('a message can never be handled and was parked; its key is blocked', error, {
      group,
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      key: record.key,
      parkedAt: isoOf(parked.parkedAt),
    });
  }

  /** Waits in short steps, so that the membership stays alive. */
  async #waitAlive(ms: number, context: BatchContext): Promise<void> {
    const until = this.#options.clock.now() + ms;
    for (;;) {
      const left = until - this.#options.clock.now();
      if (left <= 0 || context.signal.aborted) return;
      await this.#options.clock.wait(Math.min(left, seconds(2)), context.signal);
      await context.heartbeat();
    }
  }

  #count(outcome: 'handled' | 'skipped' | 'parked' | 'unknown-type'): void {
    this.#handled.inc({ group: this.#options.group, outcome });
  }
}

const keyBlocked = (): VoorrangError => new VoorrangError('VRG_EVENT_KEY_BLOCKED');
/** The subscription is stopping: what is left of the batch comes again to whoever takes over. */
const unfinished = (): VoorrangError =>
  new VoorrangError('VRG_BUS_UNAVAILABLE', 'the subscription stopped before the batch was finished');
