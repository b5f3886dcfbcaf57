import type { Topic } from '@voorrang/contracts';
import type { EventBus, OutgoingRecord, Positions, SubscribeOptions, Subscription } from '../ports.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import { KafkaSubscription } from './kafka-subscription.ts';
import { type KafkaBusOptions, type KafkaSettings, kafkaSettings } from './options.ts';
import { KafkaPublisher } from './publisher.ts';
import { setUpTopics } from './topic-setup.ts';

export type KafkaBus = EventBus & {
  /**
   * Connects, creates missing topics and checks the others. Every other call does this by itself when needed; a composition root calls it at
   * the start to refuse `VRG_BUS_TOPIC_MISCONFIGURED` (permanent). A broker that is away (`VRG_BUS_UNAVAILABLE`, transient) is no reason not to start.
   */
  prepare(): Promise<void>;
};

/** `EventBus` on Apache Kafka 3.9 or 4.x. Opens nothing before it is used. */
export function kafkaBus(options: KafkaBusOptions): KafkaBus {
  return new KafkaEventBus(kafkaSettings(options));
}

class KafkaEventBus implements KafkaBus {
  readonly #settings: KafkaSettings;
  readonly #admin: KafkaAdmin;
  readonly #publisher: KafkaPublisher;
  readonly #subscriptions = new Set<KafkaSubscription>();
  #prepared: Promise<void> | undefined;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#admin = new KafkaAdmin(settings);
    this.#publisher = new KafkaPublisher(settings, () => this.prepare());
  }

  prepare(): Promise<void> {
    const prepared = this.#prepared ?? setUpTopics(this.#admin, this.#settings);
    this.#prepared = prepared;
    prepared.catch(() => {
      if (this.#prepared === prepared) this.#prepared = undefined;
    });
    return prepared;
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#publisher.publish(records);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = new KafkaSubscription({
      settings: this.#settings,
      admin: this.#admin,
      prepare: () => this.prepare(),
      options,
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async heads(topics: readonly Topic[]): Promise<Positions> {
    await this.prepare();
    const extents = await this.#admin.extents(topics);
    return Object.fromEntries([...extents].map(([key, { high }]) => [key, high]));
  }

  get health(): { readonly ok: boolean; readonly detail: string } {
    const failure = this.#publisher.lastError;
    if (failure !== undefined) return { ok: false, detail: `last publish failed: ${failure.code}` };
    const stalled = [...this.#subscriptions].flatMap(({ state }) =>
      state.status === 'stalled' ? [state.error?.code] : [],
    );
    if (stalled.length > 0)
      return { ok: false, detail: `${stalled.length} subscriptions stalled: ${stalled.join(', ')}` };
    return { ok: true, detail: 'Kafka' };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#publisher.close();
    await this.#admin.close();
  }
}
