import { posix } from 'node:path';
import type { Topic } from '@voorrang/contracts';
import { type FileSystem, type Journal, makeDirectoryDurably, openJournal } from '@voorrang/journal';
import type { Clock } from '@voorrang/kernel';
import {
  type EventBus,
  type OutgoingRecord,
  type Positions,
  positionKey,
  type SubscribeOptions,
  type Subscription,
} from '../ports.ts';
import { decodeBusRecord, encodeBusRecord } from './bus-record-codec.ts';
import { GroupPositions, knownGroups } from './group-positions.ts';
import { JournalSubscription } from './journal-subscription.ts';
import { PartitionSeat } from './partition-seat.ts';
import { RecordRing } from './record-ring.ts';
import { TopicHeads } from './topic-heads.ts';
import { TopicReader } from './topic-reader.ts';

export type JournalBusOptions = {
  /** One process at a time. Holds `log/` (the journal), `groups/` (one small file per consumer group) and `heads.json`. */
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly segmentBytes?: number;
  /** `publish` rejects with `VRG_SPOOL_FULL` when the log would exceed this. */
  readonly limitBytes?: number;
  /** Bytes of the newest records kept in memory for live consumers; default 16 MB. */
  readonly ringBytes?: number;
  /** 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
};

/** The event bus of one process on its own disk: one journal for all topics, one partition per topic, offset = number in the journal. */
export type JournalBus = EventBus & {
  /** Number of the oldest record kept. */
  readonly tail: number;
  readonly sizeBytes: number;
  /** Removes whole segments whose records are all below this offset. The caller knows that no projection needs them. */
  dropBelow(offset: number): Promise<void>;
};

/** Opens the bus of a directory. Rejects as `openJournal` does. */
export async function journalBus(options: JournalBusOptions): Promise<JournalBus> {
  const { directory, fileSystem, clock, segmentBytes, limitBytes } = options;
  const journal = await openJournal({
    directory: posix.join(directory, 'log'),
    fileSystem,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
  const groups = posix.join(directory, 'groups');
  await makeDirectoryDurably(fileSystem, groups);
  const heads = new TopicHeads(fileSystem, directory);
  await heads.load(journal);
  const random = options.random ?? Math.random;
  const head = journal.head;
  const openGroup = (group: string) => GroupPositions.open({ fileSystem, directory: groups, clock, head }, group);
  const known = new Map<string, Promise<GroupPositions>>();
  // All of them now: later the log may have grown past a position that is not its own.
  for (const group of await knownGroups(fileSystem, groups)) known.set(group, Promise.resolve(await openGroup(group)));
  return new DiskBus(journal, heads, new RecordRing(options.ringBytes ?? 16 * 1024 * 1024), known, {
    clock,
    random,
    openGroup,
  });
}

type Environment = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly openGroup: (group: string) => Promise<GroupPositions>;
};

class DiskBus implements JournalBus {
  readonly #journal: Journal;
  readonly #heads: TopicHeads;
  readonly #ring: RecordRing;
  readonly #reader: TopicReader;
  readonly #environment: Environment;
  readonly #groups: Map<string, Promise<GroupPositions>>;
  readonly #seats = new Map<string, PartitionSeat>();
  readonly #subscriptions = new Set<JournalSubscription>();

  constructor(
    journal: Journal,
    heads: TopicHeads,
    ring: RecordRing,
    groups: Map<string, Promise<GroupPositions>>,
    environment: Environment,
  ) {
    this.#journal = journal;
    this.#heads = heads;
    this.#ring = ring;
    this.#groups = groups;
    this.#reader = new TopicReader(journal, ring);
    this.#environment = environment;
  }

  get tail(): number {
    return this.#journal.tail;
  }
  get sizeBytes(): number {
    return this.#journal.sizeBytes;
  }
  get health(): EventBus['health'] {
    const { failure, head } = this.#journal;
    return failure === undefined
      ? { ok: true, detail: `journal, ${head} records` }
      : { ok: false, detail: failure.message };
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const payloads = records.map(encodeBusRecord);
    const first = await this.#journal.append(payloads);
    const added = payloads.map((payload, at) => decodeBusRecord(first + at, payload));
    for (const { topic, offset } of added) this.#heads.note(topic, offset);
    this.#ring.add(added);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { group } = options;
    const opening = this.#groups.get(group) ?? this.#environment.openGroup(group);
    this.#groups.set(group, opening);
    const subscription = new JournalSubscription(options, {
      journal: this.#journal,
      reader: this.#reader,
      group: await opening,
      seat: (topic) => this.#seat(group, topic),
      clock: this.#environment.clock,
      random: this.#environment.random,
      onStop: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async heads(topics: readonly Topic[]): Promise<Positions> {
    return Object.fromEntries(topics.map((topic) => [positionKey(topic, 0), this.#heads.of(topic)]));
  }

  dropBelow(offset: number): Promise<void> {
    return this.#journal.dropBelow(offset);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#journal.close();
    // Only spares the next start some reading.
    await this.#heads.save(this.#journal.head).catch(() => undefined);
  }

  #seat(group: string, topic: Topic): PartitionSeat {
    const id = JSON.stringify([group, topic]);
    const seat = this.#seats.get(id) ?? new PartitionSeat();
    this.#seats.set(id, seat);
    return seat;
  }
}
