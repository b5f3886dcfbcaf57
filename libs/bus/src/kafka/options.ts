import type { Topic } from '@voorrang/contracts';
import type { Clock, DurationMs } from '@voorrang/kernel';

export type KafkaBusOptions = {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  /** Name of this process in the broker's log and metrics. */
  readonly clientId: string;
  /** Times the pause before a rejected batch comes again. What concerns the broker runs in real time. */
  readonly clock: Clock;
  /** Told of things an operator may want to know. Facts are codes, names and counts, never content of a record. */
  readonly onWarn: (message: string, facts: Readonly<Record<string, string | number>>) => void;
  /** Before every topic and group name, so that several installations (or tests) can share a broker. Default none. */
  readonly topicPrefix?: string;
  /** Partitions of a topic that does not exist yet; an existing one keeps its number, for order per key hangs on it. Default 8. */
  readonly partitions?: number;
  /** Copies of a topic that does not exist yet. Default 1. */
  readonly replicationFactor?: number;
  /** In-sync copies that must have a record before it counts as durable. Default 1. */
  readonly minInsyncReplicas?: number;
  /** How long the broker must keep records; -1 for ever, the default. */
  readonly retentionMs?: number;
  readonly timing?: Partial<KafkaTiming>;
};

export type KafkaTiming = {
  /** A member that is silent for this long is taken out of its group. The broker allows 6 000 ms or more by default. */
  readonly sessionTimeoutMs: DurationMs;
  readonly heartbeatIntervalMs: DurationMs;
  /** How long a member may take to finish its batch before the others go on without it. */
  readonly rebalanceTimeoutMs: DurationMs;
  /** Longest wait of the broker for new records; a new record ends it at once. */
  readonly maxWaitMs: DurationMs;
  readonly requestTimeoutMs: DurationMs;
  /** Without a sign of life from the broker for this long a subscription is `stalled` and its consumer is rebuilt. */
  readonly stalledAfterMs: DurationMs;
  /** A handler that has one batch for this long makes the subscription `stalled`. */
  readonly handlerStalledAfterMs: DurationMs;
  /** Longest pause between two tries of a batch that its handler rejected, and between two consumers. */
  readonly maxBackoffMs: DurationMs;
};

export const defaultTiming: KafkaTiming = {
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
  rebalanceTimeoutMs: 10_000,
  maxWaitMs: 250,
  requestTimeoutMs: 10_000,
  stalledAfterMs: 15_000,
  handlerStalledAfterMs: 60_000,
  maxBackoffMs: 5_000,
};

/** Options with every default filled in; names of topics and groups as the broker knows them. */
export type KafkaSettings = Required<Omit<KafkaBusOptions, 'timing' | 'topicPrefix'>> & {
  readonly timing: KafkaTiming;
  readonly nameOf: (topic: Topic) => string;
  readonly topicOf: (name: string) => Topic;
  readonly groupOf: (group: string) => string;
};

export function kafkaSettings(options: KafkaBusOptions): KafkaSettings {
  const { topicPrefix = '', timing, ...rest } = options;
  return {
    partitions: 8,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    retentionMs: -1,
    ...rest,
    timing: { ...defaultTiming, ...timing },
    nameOf: (topic) => `${topicPrefix}${topic}`,
    topicOf: (name) => name.slice(topicPrefix.length) as Topic,
    groupOf: (group) => `${topicPrefix}${group}`,
  };
}
