import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningInfrastructure } from './infrastructure.ts';
import { kafkaJars, kafkaVersion } from './kafka-distribution.ts';
import { startLocalServer } from './local-server.ts';
import { kafkaAnswers } from './wire-probes.ts';

const javaOptions = (jars: string): string[] => [
  ...['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  ...['-cp', join(jars, '*')],
];

/** One node in KRaft mode as broker and controller. No topic appears by itself: a misspelt one is an error, as in production. */
const propertiesOf = (directory: string, broker: number, controller: number): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(directory, 'log'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 2,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed waits for its former registration to run out before it serves: two seconds instead of nine.
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 500,
    // Lets fault tests see a dead member leave its group in two seconds instead of six.
    'group.min.session.timeout.ms': 1_000,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

export async function startLocalKafka(java: string, maven: string | undefined): Promise<RunningInfrastructure> {
  const jars = await kafkaJars(maven);
  const settings = (directory: string): string => join(directory, 'server.properties');
  return startLocalServer({
    kind: 'kafka',
    detail: `local Apache Kafka ${kafkaVersion}`,
    ports: 2,
    prepare: async (directory, [broker = 0, controller = 0]) => {
      await writeFile(settings(directory), propertiesOf(directory, broker, controller));
      const clusterId = randomBytes(16).toString('base64url');
      const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings(directory)];
      await promisify(execFile)(java, [...javaOptions(jars), ...format], { cwd: directory, timeout: 30_000 });
    },
    launch: (directory) => ({ command: java, args: [...javaOptions(jars), 'kafka.Kafka', settings(directory)] }),
    address: ([port]) => `127.0.0.1:${port}`,
    answers: ([port = 0]) => kafkaAnswers(port),
    readyWithinMs: 60_000,
  });
}
