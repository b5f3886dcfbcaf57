import type { Topic } from '@voorrang/contracts';
import { seededRandom } from '@voorrang/journal/testing';
import { VoorrangError } from '@voorrang/kernel';
import type {
  EventBus,
  OutgoingRecord,
  Positions,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
} from '../ports.ts';
import { HostileLog } from './hostile-log.ts';
import { type HostileMember, HostilePartition, type Hostility } from './hostile-partition.ts';

export type HostileBusOptions = {
  /** Decides every interleaving, duplicate and zombie. */
  readonly seed: number;
  /** Records of an earlier bus, to open it again. */
  readonly log?: HostileLog;
  /** Per topic; default 3. */
  readonly partitions?: number;
  readonly hostility?: Partial<Hostility>;
};

const everything: Hostility = { takeover: 0.08, rewind: 0.12, zombie: 0.15, duplicatePublish: 0.15 };

/**
 * A bus in memory for tests that keeps only what the port promises: at least once, order per key. It interleaves partitions at random, cuts batches
 * anywhere, writes publishes twice, hands batches over again after they were committed, and runs zombies. What works on it works on the real ones.
 */
export class HostileBus implements EventBus {
  readonly log: HostileLog;
  readonly #random: () => number;
  readonly #hostility: Hostility;
  readonly #partitions = new Map<string, HostilePartition>();
  readonly #subscriptions = new Set<HostileSubscription>();
  #closed = false;

  constructor(options: HostileBusOptions) {
    this.log =
      options.log ?? new HostileLog(options.partitions === undefined ? {} : { partitions: options.partitions });
    this.#random = seededRandom(options.seed);
    this.#hostility = { ...everything, ...options.hostility };
  }

  get health(): EventBus['health'] {
    return { ok: !this.#closed, detail: 'in memory' };
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) throw new VoorrangError('VRG_BUS_UNAVAILABLE');
    await new Promise((resolve) => setImmediate(resolve));
    this.log.append(records);
    if (this.#random() < this.#hostility.duplicatePublish) this.log.append(records);
    for (const partition of this.#partitions.values()) partition.wake();
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const partitions = [...new Set(options.topics)].flatMap((topic) =>
      Array.from({ length: this.log.partitions }, (_, n) => this.#partition(options.group, topic, n)),
    );
    const subscription = new HostileSubscription(options, this.log, partitions, () =>
      this.#subscriptions.delete(subscription),
    );
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async heads(topics: readonly Topic[]): Promise<Positions> {
    return this.log.heads(topics);
  }

  /** Resolves when everything published, and all that the bus chose to repeat, has been handled by every group. Rejects after the deadline with those that have not. */
  async settle(deadlineMs = 10_000): Promise<void> {
    const deadline = AbortSignal.timeout(deadlineMs);
    for (;;) {
      const busy = [...this.#partitions.values()].filter((partition) => !partition.idle);
      const [first] = busy;
      if (first === undefined) return;
      await first.changed.until(() => first.idle, deadline);
      if (deadline.aborted)
        throw new Error(`not settled within ${deadlineMs} ms: ${busy.map(({ key }) => key).join(', ')}`);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
  }

  #partition(group: string, topic: Topic, n: number): HostilePartition {
    const id = JSON.stringify([group, topic, n]);
    const known = this.#partitions.get(id);
    if (known !== undefined) return known;
    const made = new HostilePartition(this.log, group, topic, n, this.#random, this.#hostility);
    this.#partitions.set(id, made);
    return made;
  }
}

class HostileSubscription implements Subscription {
  readonly #partitions: readonly { readonly partition: HostilePartition; readonly member: HostileMember }[];
  readonly #abort = new AbortController();
  readonly #failures = new Map<string, { count: number; error: VoorrangError }>();
  readonly #onStop: () => void;
  #stopped: Promise<void> | undefined;
  #done = false;

  constructor(options: SubscribeOptions, log: HostileLog, partitions: readonly HostilePartition[], onStop: () => void) {
    this.#onStop = onStop;
    const { startAt, group } = options;
    this.#partitions = partitions.map((partition) => {
      const start = async (): Promise<number> =>
        startAt === 'committed' ? log.committed(group, partition.key) : ((await startAt())[partition.key] ?? 0);
      const member: HostileMember = {
        handler: options.handler,
        maxBatch: options.maxBatch ?? 256,
        signal: this.#abort.signal,
        start,
        onFailure: (error) => this.#note(partition.key, error),
      };
      return { partition, member };
    });
    for (const { partition, member } of this.#partitions) partition.join(member);
  }

  get state(): SubscriptionState {
    if (this.#done) return { status: 'stopped' };
    const stalled = [...this.#failures.values()].find(({ count }) => count >= 3);
    return stalled === undefined ? { status: 'running' } : { status: 'stalled', error: stalled.error };
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    const both = AbortSignal.any([this.#abort.signal, ...(signal === undefined ? [] : [signal])]);
    const targets = this.#partitions.map(({ partition }) => ({ partition, target: partition.head }));
    for (const { partition, target } of targets) {
      const reached = (): boolean => partition.handled >= target || target === 0;
      await partition.changed.until(reached, both);
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
    await Promise.all(this.#partitions.map(({ partition, member }) => partition.leave(member)));
    this.#done = true;
    this.#onStop();
  }

  #note(partition: string, error: VoorrangError | undefined): void {
    if (error === undefined) this.#failures.delete(partition);
    else this.#failures.set(partition, { count: (this.#failures.get(partition)?.count ?? 0) + 1, error });
  }
}
