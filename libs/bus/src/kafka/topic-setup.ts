import { type Topic, topicNames } from '@voorrang/contracts';
import { VoorrangError } from '@voorrang/kernel';
import kafkajs from 'kafkajs';
import { brokerTime } from './broker-time.ts';
import { isSoonOver } from './classify-error.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import type { KafkaSettings } from './options.ts';

/** A record of a megabyte with its envelope fits; the broker's own default (1 048 588 bytes) does not leave room for a batch of several. */
export const maxMessageBytes = 2 * 1024 * 1024;

/**
 * Creates the topics that are missing, with everything that durability hangs on said explicitly, and refuses existing ones that would lose
 * records: shorter retention than configured, compaction (all events of a key count, not the last), fewer in-sync copies.
 * Rejects with `VRG_BUS_TOPIC_MISCONFIGURED` naming every problem of every topic at once.
 */
export async function setUpTopics(admin: KafkaAdmin, settings: KafkaSettings): Promise<void> {
  const existing = new Set(await admin.ask((client) => client.listTopics()));
  const missing = topicNames.filter((topic) => !existing.has(settings.nameOf(topic)));
  if (missing.length > 0) await create(admin, settings, missing);
  await untilLed(admin, settings);
  const problems = await findProblems(admin, settings);
  if (problems.length > 0) {
    throw new VoorrangError('VRG_BUS_TOPIC_MISCONFIGURED', `topics are not as required: ${problems.join('; ')}`, {
      details: { problems },
    });
  }
}

const requiredConfig = (settings: KafkaSettings) => [
  { name: 'cleanup.policy', value: 'delete' },
  { name: 'retention.ms', value: String(settings.retentionMs) },
  { name: 'retention.bytes', value: '-1' },
  { name: 'min.insync.replicas', value: String(settings.minInsyncReplicas) },
  { name: 'max.message.bytes', value: String(maxMessageBytes) },
  { name: 'unclean.leader.election.enable', value: 'false' },
];

/** Another process may create the same topic at the same moment: kafkajs answers `false` then, and the check that follows has the last word. */
async function create(admin: KafkaAdmin, settings: KafkaSettings, missing: readonly Topic[]): Promise<void> {
  const topics = missing.map((topic) => ({
    topic: settings.nameOf(topic),
    numPartitions: settings.partitions,
    replicationFactor: settings.replicationFactor,
    configEntries: requiredConfig(settings),
  }));
  await admin.ask((client) =>
    client.createTopics({ topics, waitForLeaders: true, timeout: settings.timing.requestTimeoutMs }),
  );
}

/** The metadata name a leader before that one answers: a publish right after the creation could be refused for seconds (seen on Kafka 3.9). */
async function untilLed(admin: KafkaAdmin, settings: KafkaSettings): Promise<void> {
  const until = performance.now() + settings.timing.requestTimeoutMs;
  for (;;) {
    try {
      await admin.extents(topicNames);
      return;
    } catch (error) {
      if (performance.now() > until || !isSoonOver(error)) throw error;
      await brokerTime.wait(100);
    }
  }
}

async function findProblems(admin: KafkaAdmin, settings: KafkaSettings): Promise<string[]> {
  const configNames = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'min.insync.replicas'];
  const { resources } = await admin.ask((client) =>
    client.describeConfigs({
      includeSynonyms: false,
      resources: topicNames.map((topic) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: settings.nameOf(topic),
        configNames,
      })),
    }),
  );
  return resources.flatMap(({ resourceName, configEntries }) =>
    problemsOf(new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])), settings).map(
      (problem) => `${resourceName}: ${problem}`,
    ),
  );
}

/** What is wrong with one topic's configuration; exported for its test. */
export function problemsOf(
  config: ReadonlyMap<string, string>,
  required: Pick<KafkaSettings, 'retentionMs' | 'minInsyncReplicas'>,
): string[] {
  const problems: string[] = [];
  const retention = Number(config.get('retention.ms') ?? -1);
  const needed = required.retentionMs;
  if (retention !== -1 && (needed === -1 || retention < needed)) {
    problems.push(
      `retention.ms is ${retention}, ${needed === -1 ? 'records must be kept for ever (-1)' : `at least ${needed} is required`}`,
    );
  }
  const bytes = Number(config.get('retention.bytes') ?? -1);
  if (bytes !== -1) problems.push(`retention.bytes is ${bytes}, no limit (-1) is required`);
  const cleanup = config.get('cleanup.policy') ?? 'delete';
  if (cleanup !== 'delete') problems.push(`cleanup.policy is ${cleanup}, delete is required`);
  const inSync = Number(config.get('min.insync.replicas') ?? 1);
  if (inSync < required.minInsyncReplicas) {
    problems.push(`min.insync.replicas is ${inSync}, at least ${required.minInsyncReplicas} is required`);
  }
  return problems;
}
