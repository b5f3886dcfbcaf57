import type { Topic } from '@voorrang/contracts';
import type { Admin } from 'kafkajs';
import { type Positions, positionKey } from '../ports.ts';
import { brokerTime } from './broker-time.ts';
import { accessError, isSoonOver } from './classify-error.ts';
import { kafkaClient } from './kafka-client.ts';
import type { KafkaSettings } from './options.ts';

/** Where each partition begins and ends: `low` is the first offset that is still kept, `high` the one after the last record. */
export type Extent = { readonly low: number; readonly high: number };

/** Questions to the broker. Connects at the first one; after a failure the next one connects anew. */
export class KafkaAdmin {
  readonly #settings: KafkaSettings;
  #connected: Promise<Admin> | undefined;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  /** Rejects with `VRG_BUS_UNAVAILABLE` or `VRG_BUS_REFUSED`. */
  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    this.#connected ??= this.#connect();
    const connected = this.#connected;
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await question(await connected);
        } catch (error) {
          if (attempt === 10 || !isSoonOver(error)) throw error;
          await brokerTime.wait(100);
        }
      }
    } catch (error) {
      if (this.#connected === connected) this.#connected = undefined;
      void connected.then((admin) => admin.disconnect()).catch(() => {});
      throw accessError(error);
    }
  }

  async extents(topics: readonly Topic[]): Promise<ReadonlyMap<string, Extent>> {
    const extents = new Map<string, Extent>();
    await Promise.all(
      topics.map(async (topic) => {
        const partitions = await this.ask((admin) => admin.fetchTopicOffsets(this.#settings.nameOf(topic)));
        for (const { partition, low, high } of partitions) {
          extents.set(positionKey(topic, partition), { low: Number(low), high: Number(high) });
        }
      }),
    );
    return extents;
  }

  /** Offsets the group has committed; partitions without one are left out. */
  async committed(group: string, topics: readonly Topic[]): Promise<Positions> {
    const answer = await this.ask((admin) =>
      admin.fetchOffsets({ groupId: this.#settings.groupOf(group), topics: topics.map(this.#settings.nameOf) }),
    );
    return Object.fromEntries(
      answer.flatMap(({ topic, partitions }) =>
        partitions
          .filter(({ offset }) => Number(offset) >= 0)
          .map(({ partition, offset }) => [positionKey(this.#settings.topicOf(topic), partition), Number(offset)]),
      ),
    );
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.then((admin) => admin.disconnect()).catch(() => {});
  }

  async #connect(): Promise<Admin> {
    const admin = kafkaClient(this.#settings).admin();
    await admin.connect();
    return admin;
  }
}
