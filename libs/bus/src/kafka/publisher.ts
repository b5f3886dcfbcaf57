import { VoorrangError } from '@voorrang/kernel';
import kafkajs, { type Producer, type TopicMessages } from 'kafkajs';
import type { OutgoingRecord } from '../ports.ts';
import { accessError, publishError } from './classify-error.ts';
import { kafkaClient } from './kafka-client.ts';
import type { KafkaSettings } from './options.ts';

/** kafkajs makes one record batch per partition and request, which must fit into `max.message.bytes` of the topic. */
const maxRequestBytes = 1024 * 1024;
const maxRequestRecords = 2_000;

type Waiting = {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: VoorrangError) => void;
};

/**
 * Sends one request at a time and puts into it all publishes that came in meanwhile, in their order: order per key holds over concurrent
 * publishers, and throughput does not suffer from the wait. After an error the producer is thrown away: a new one gets a new id from the broker,
 * so that its sequence numbers cannot disagree with what the old one left in the log.
 */
export class KafkaPublisher {
  readonly #settings: KafkaSettings;
  readonly #prepare: () => Promise<void>;
  readonly #queue: Waiting[] = [];
  #producer: Promise<Producer> | undefined;
  #draining: Promise<void> | undefined;
  #lastError: VoorrangError | undefined;
  #closed = false;

  /** `prepare` makes sure that the topics are there; it is called before every request and remembers success itself. */
  constructor(settings: KafkaSettings, prepare: () => Promise<void>) {
    this.#settings = settings;
    this.#prepare = prepare;
  }

  /** Of the last request; `undefined` when it went well. */
  get lastError(): VoorrangError | undefined {
    return this.#lastError;
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    if (this.#closed) return Promise.reject(new VoorrangError('VRG_BUS_UNAVAILABLE', 'the event bus is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, bytes: records.reduce((sum, each) => sum + sizeOf(each), 0), resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Sends what is waiting, then disconnects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    await this.#discard();
  }

  async #drain(): Promise<void> {
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      const failure = await this.#send(group.flatMap(({ records }) => records));
      this.#lastError = failure;
      if (failure === undefined) for (const { resolve } of group) resolve();
      else if (failure.kind !== 'permanent' || group.length === 1) for (const { reject } of group) reject(failure);
      else await this.#oneByOne(group);
    }
    // In the same turn in which the queue was found empty: a publish right after it must find no drain under way.
    this.#draining = undefined;
  }

  /** A record that the broker refuses must not take down those of others that shared its request. */
  async #oneByOne(group: readonly Waiting[]): Promise<void> {
    for (const { records, resolve, reject } of group) {
      const failure = await this.#send(records);
      this.#lastError = failure;
      if (failure === undefined) resolve();
      else reject(failure);
    }
  }

  #nextGroup(): Waiting[] {
    const group: Waiting[] = [];
    for (let bytes = 0, count = 0; this.#queue.length > 0; ) {
      const next = this.#queue[0] as Waiting;
      bytes += next.bytes;
      count += next.records.length;
      if (group.length > 0 && (bytes > maxRequestBytes || count > maxRequestRecords)) break;
      group.push(next);
      this.#queue.shift();
    }
    return group;
  }

  /** `undefined`: all durable. Transient only before anything was sent. */
  async #send(records: readonly OutgoingRecord[]): Promise<VoorrangError | undefined> {
    let producer: Producer;
    try {
      await this.#prepare();
      this.#producer ??= this.#connect();
      producer = await this.#producer;
    } catch (error) {
      await this.#discard();
      return accessError(error);
    }
    for (const request of requestsOf(records)) {
      try {
        const topicMessages = this.#messagesOf(request);
        await producer.sendBatch({ acks: -1, timeout: this.#settings.timing.requestTimeoutMs, topicMessages });
      } catch (error) {
        await this.#discard();
        return publishError(error);
      }
    }
    return undefined;
  }

  #messagesOf(records: readonly OutgoingRecord[]): TopicMessages[] {
    const byTopic = new Map<string, TopicMessages['messages']>();
    for (const { topic, key, value, headers } of records) {
      const name = this.#settings.nameOf(topic);
      const messages = byTopic.get(name) ?? [];
      byTopic.set(name, messages);
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      messages.push({ key, value: bytes, ...(headers === undefined ? {} : { headers: { ...headers } }) });
    }
    return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
  }

  async #connect(): Promise<Producer> {
    const producer = kafkaClient(this.#settings).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    await producer.connect();
    return producer;
  }

  async #discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then((each) => each.disconnect()).catch(() => {});
  }
}

/** Splits what one publish brings into requests that the broker takes. */
function requestsOf(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = [];
  let current: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (current.length > 0 && (bytes + size > maxRequestBytes || current.length === maxRequestRecords)) {
      requests.push(current);
      current = [];
      bytes = 0;
    }
    current.push(record);
    bytes += size;
  }
  requests.push(current);
  return requests;
}

/** Bytes in a record batch, with room for lengths, deltas and headers (KIP-98 record format v2). */
const sizeOf = ({ key, value, headers }: OutgoingRecord): number =>
  64 + Buffer.byteLength(key) + value.byteLength + (headers === undefined ? 0 : JSON.stringify(headers).length);
