import { request } from 'node:http';
import { freePort } from '../free-port.ts';
import type { InfrastructureKind, RunningInfrastructure } from './infrastructure.ts';
import { kafkaVersion } from './kafka-distribution.ts';
import { kafkaAnswers, postgresAnswers, redisAnswers } from './wire-probes.ts';

/** Asks the engine's `/_ping` on its socket, which costs a millisecond where there is none. */
export function dockerAnswers(withinMs = 1_000): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  const target = host.startsWith('unix://') ? { socketPath: host.slice('unix://'.length) } : tcpTarget(host);
  if (target === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const ping = request({ ...target, path: '/_ping', timeout: withinMs }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy(new Error('no answer in time')));
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

function tcpTarget(host: string): { host: string; port: number } | undefined {
  const url = URL.parse(host.replace(/^tcp:/, 'http:'));
  return url === null ? undefined : { host: url.hostname, port: Number(url.port || 2375) };
}

type Image = {
  readonly name: string;
  readonly port: number;
  readonly environment: (hostPort: number) => Record<string, string>;
  readonly command?: string[];
  readonly address: (hostPort: number) => string;
  readonly answers: (hostPort: number) => Promise<boolean>;
};

const images: Readonly<Record<InfrastructureKind, Image>> = {
  kafka: {
    name: `apache/kafka:${kafkaVersion}`,
    port: 9092,
    environment: (hostPort) => ({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${hostPort}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_HEAP_OPTS: '-Xmx384m',
    }),
    address: (hostPort) => `127.0.0.1:${hostPort}`,
    answers: kafkaAnswers,
  },
  redis: {
    name: 'redis:7-alpine',
    port: 6379,
    environment: () => ({}),
    command: ['redis-server', '--save', '', '--appendonly', 'yes', '--databases', '256'],
    address: (hostPort) => `redis://127.0.0.1:${hostPort}`,
    answers: redisAnswers,
  },
  postgres: {
    name: 'postgres:15-alpine',
    port: 5432,
    environment: () => ({ POSTGRES_USER: 'voorrang', POSTGRES_DB: 'postgres', POSTGRES_HOST_AUTH_METHOD: 'trust' }),
    address: (hostPort) => `postgres://voorrang@127.0.0.1:${hostPort}/postgres`,
    answers: (hostPort) => postgresAnswers(hostPort, 'voorrang'),
  },
};

/** The host port is fixed, so that a killed container comes back at the same address. */
export async function startInDocker(kind: InfrastructureKind): Promise<RunningInfrastructure> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const { waitUntil } = await import('../wait-until.ts');
  const image = images[kind];
  const create = async () => {
    const container = new GenericContainer(image.name)
      .withExposedPorts({ container: image.port, host: hostPort })
      .withEnvironment(image.environment(hostPort));
    return await (image.command ? container.withCommand(image.command) : container).start();
  };
  const hostPort = await freePort();
  let started = await create();
  const ready = async (): Promise<void> => {
    await waitUntil(() => image.answers(hostPort), {
      what: `${image.name} to answer`,
      deadlineMs: 60_000,
      everyMs: 100,
    });
  };
  const handle = async () => (await getContainerRuntimeClient()).container.getById(started.getId());
  await ready();
  return {
    kind,
    how: 'docker',
    address: image.address(hostPort),
    detail: `Docker ${image.name}`,
    owned: true,
    kill9: async () => void (await (await handle()).kill({ signal: 'SIGKILL' })),
    pause: async () => void (await (await handle()).pause()),
    resume: async () => void (await (await handle()).unpause()),
    restart: async ({ empty = false } = {}) => {
      if (empty) {
        await started.stop();
        started = await create();
      } else {
        await (await handle()).restart();
      }
      await ready();
    },
    stop: async () => void (await started.stop()),
  };
}
