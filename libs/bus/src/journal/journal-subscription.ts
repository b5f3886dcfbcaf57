import type { Topic } from '@voorrang/contracts';
import type { Journal } from '@voorrang/journal';
import { type Clock, VoorrangError } from '@voorrang/kernel';
import {
  type Positions,
  positionKey,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionState,
} from '../ports.ts';
import type { GroupPositions } from './group-positions.ts';
import type { PartitionSeat } from './partition-seat.ts';
import { PartitionWorker } from './partition-worker.ts';
import type { TopicReader } from './topic-reader.ts';

export type JournalSubscriptionOptions = {
  readonly journal: Journal;
  readonly reader: TopicReader;
  readonly group: GroupPositions;
  readonly seat: (topic: Topic) => PartitionSeat;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onStop: () => void;
};

/** One member of a group on the journal bus: one worker per topic, each with its own place, so that a topic that fails holds no other up. */
export class JournalSubscription implements Subscription {
  readonly #workers: readonly { readonly worker: PartitionWorker; readonly seat: PartitionSeat }[];
  readonly #running: Promise<unknown>;
  readonly #abort = new AbortController();
  readonly #options: JournalSubscriptionOptions;
  readonly #commits: boolean;
  readonly #putBack: VoorrangError | undefined;
  #stopped: Promise<void> | undefined;
  #done = false;

  constructor(subscribe: SubscribeOptions, options: JournalSubscriptionOptions) {
    this.#options = options;
    this.#commits = subscribe.startAt === 'committed';
    this.#putBack = this.#commits ? putBackOf(subscribe.topics, options.group) : undefined;
    this.#workers = [...new Set(subscribe.topics)].map((topic) => {
      const seat = options.seat(topic);
      return { seat, worker: new PartitionWorker(this.#workerOptions(subscribe, topic, seat)) };
    });
    this.#running = Promise.all(this.#workers.map(({ worker }) => worker.run()));
  }

  get state(): SubscriptionState {
    if (this.#done) return { status: 'stopped' };
    const error = this.#workers.map(({ worker }) => worker.stalledBy).find((each) => each !== undefined);
    if (error !== undefined) return { status: 'stalled', error };
    const status = this.#workers.every(({ worker }) => worker.ready) ? 'running' : 'starting';
    return this.#putBack === undefined ? { status } : { status, error: this.#putBack };
  }

  /** Rejects when the signal aborts or the subscription stops first. */
  async caughtUp(signal?: AbortSignal): Promise<void> {
    const target = this.#options.journal.head;
    const both = AbortSignal.any([this.#abort.signal, ...(signal === undefined ? [] : [signal])]);
    for (const { seat } of this.#workers) {
      const reached = (): boolean => (seat.holder?.position ?? -1) >= target;
      await seat.changed.until(reached, both);
      if (!reached())
        throw new VoorrangError('VRG_BUS_UNAVAILABLE', 'the wait for a subscription to catch up was ended');
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#done = true;
    this.#options.onStop();
    // Without it the records since the last write come again.
    if (this.#commits) await this.#options.group.write().catch(() => undefined);
  }

  #workerOptions(subscribe: SubscribeOptions, topic: Topic, seat: PartitionSeat) {
    const { journal, reader, clock, random, group } = this.#options;
    const { startAt, handler, maxBatch = 256 } = subscribe;
    const { signal } = this.#abort;
    const start = async (): Promise<number> =>
      startAt === 'committed' ? group.of(topic) : positionOf(await startAt(), topic);
    const moved = (position: number): void => {
      if (startAt === 'committed') group.move(topic, position, signal);
    };
    return { topic, journal, reader, seat, clock, random, maxBatch, handler, signal, start, moved };
  }
}

/** Says that the group reads records again because its position was not of this log or could not be read. */
function putBackOf(topics: readonly Topic[], group: GroupPositions): VoorrangError | undefined {
  if (group.unreadable)
    return new VoorrangError(
      'VRG_BUS_TOPIC_MISCONFIGURED',
      'the noted positions are damaged; records come again from the oldest one kept',
      { details: { file: group.file } },
    );
  const topic = topics.find((each) => group.putBackFrom(each) !== undefined);
  if (topic === undefined) return undefined;
  return new VoorrangError(
    'VRG_BUS_TOPIC_MISCONFIGURED',
    'a position lay beyond the end of the log; it was put back to the beginning',
    { details: { topic, position: group.putBackFrom(topic) } },
  );
}

const positionOf = (positions: Positions, topic: Topic): number => positions[positionKey(topic, 0)] ?? 0;
