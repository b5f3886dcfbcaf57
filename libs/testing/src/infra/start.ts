import { dockerAnswers, startInDocker } from './docker.ts';
import {
  type AbsentInfrastructure,
  type Infrastructure,
  type InfrastructureKind,
  infrastructureKinds,
  type RunningInfrastructure,
} from './infrastructure.ts';
import { kafkaIsCached, kafkaVersion } from './kafka-distribution.ts';
import { startLocalKafka } from './local-kafka.ts';
import { startLocalPostgres } from './local-postgres.ts';
import { startLocalRedis } from './local-redis.ts';
import { findProgram, postgresDirectories } from './programs.ts';

export const startKafka = (): Promise<Infrastructure> => startInfrastructure('kafka');
export const startRedis = (): Promise<Infrastructure> => startInfrastructure('redis');
export const startPostgres = (): Promise<Infrastructure> => startInfrastructure('postgres');

const addressVariable: Readonly<Record<InfrastructureKind, string>> = {
  kafka: 'VOORRANG_TEST_KAFKA_BROKERS',
  redis: 'VOORRANG_TEST_REDIS_URL',
  postgres: 'VOORRANG_TEST_DATABASE_URL',
};

/** How a server would be had, found out without starting it. */
export type Source =
  | { readonly how: 'given'; readonly address: string }
  | { readonly how: 'docker' }
  | { readonly how: 'local'; readonly detail: string; readonly start: () => Promise<RunningInfrastructure> }
  | AbsentInfrastructure;

/** A server of the caller's own: given address, else a Docker engine that answers, else programs of this machine. */
export async function startInfrastructure(kind: InfrastructureKind): Promise<Infrastructure> {
  const source = await findSource(kind);
  switch (source.how) {
    case 'given':
      return givenInfrastructure(kind, source.address);
    case 'docker':
      return startInDocker(kind);
    case 'local':
      return source.start();
    default:
      return source;
  }
}

export async function findSource(kind: InfrastructureKind): Promise<Source> {
  const address = process.env[addressVariable[kind]];
  if (address) return { how: 'given', address };
  if (await dockerAnswers()) return { how: 'docker' };
  return findLocal(kind);
}

function findLocal(kind: InfrastructureKind): Source {
  const absent = (reason: string): AbsentInfrastructure => ({ kind, how: 'absent', reason });
  switch (kind) {
    case 'kafka': {
      const java = findProgram('java');
      const maven = findProgram('mvn');
      if (java === undefined) return absent('no Docker engine and no java');
      if (maven === undefined && !kafkaIsCached()) return absent('no Docker engine and no mvn to fetch Apache Kafka');
      return { how: 'local', detail: `Apache Kafka ${kafkaVersion}`, start: () => startLocalKafka(java, maven) };
    }
    case 'redis': {
      const server = findProgram('redis-server');
      if (server === undefined) return absent('no Docker engine and no redis-server');
      return { how: 'local', detail: 'redis-server', start: () => startLocalRedis(server) };
    }
    case 'postgres': {
      const server = findProgram('postgres', postgresDirectories());
      const initdb = findProgram('initdb', postgresDirectories());
      if (server === undefined || initdb === undefined) return absent('no Docker engine and no postgres with initdb');
      return { how: 'local', detail: 'PostgreSQL', start: () => startLocalPostgres(server, initdb) };
    }
  }
}

/** A server that somebody else runs: it may be used, not killed. */
export function givenInfrastructure(
  kind: InfrastructureKind,
  address: string,
  described: { readonly how: RunningInfrastructure['how']; readonly detail: string } = {
    how: 'given',
    detail: 'given',
  },
): RunningInfrastructure {
  const refuse = (): Promise<never> =>
    Promise.reject(new Error(`this ${kind} is shared: start one of your own to kill, pause or restart it`));
  return {
    kind,
    address,
    ...described,
    owned: false,
    kill9: refuse,
    pause: refuse,
    resume: refuse,
    restart: refuse,
    stop: async () => {},
  };
}

/** One line for the start of a test run: what there is, and why not. Addresses are left out: they may hold passwords. */
export async function describeInfrastructure(): Promise<string> {
  const parts: string[] = [];
  for (const kind of infrastructureKinds) {
    const source = await findSource(kind);
    if (source.how === 'absent') parts.push(`${kind} absent (${source.reason})`);
    else parts.push(`${kind} ${source.how}${source.how === 'local' ? ` (${source.detail})` : ''}`);
  }
  return `test infrastructure: ${parts.join(', ')}`;
}
