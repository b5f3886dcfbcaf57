import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Infrastructure, InfrastructureKind, RunningInfrastructure } from './infra/infrastructure.ts';
import { startInfrastructure } from './infra/start.ts';
import { spawnVoorrang, type VoorrangProcess } from './spawn-voorrang.ts';
import { tempDirectory } from './temp-directory.ts';
import { waitUntil } from './wait-until.ts';

export const distributedServices = ['ingest', 'ai-results', 'prioritisation', 'notifier', 'worklist'] as const;
export type DistributedService = (typeof distributedServices)[number];

/** The product as five processes on a real broker, store and database. */
export type DistributedProduct = {
  /** The front door: pages and API of the worklist service, which passes on what the others own. */
  readonly base: string;
  /** `http://host:port` of each service. */
  readonly bases: Readonly<Record<DistributedService, string>>;
  readonly dicomPort: number;
  readonly mllpPort: number;
  readonly apiToken: string;
  readonly dataDirectory: string;
  /** Kafka, Redis and PostgreSQL, to be killed, paused and restarted. */
  readonly server: (kind: InfrastructureKind) => RunningInfrastructure;
  readonly process: (service: DistributedService) => VoorrangProcess;
  /** What a process wrote, over all its lives. */
  readonly output: (service: DistributedService) => string;
  /** Starts a service that has ended, or was killed, with the same ports and data; resolves when it is ready. */
  restart(service: DistributedService, environment?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type DistributedOptions = {
  /** For every process; wins over what is set here. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Fixed ports for people; free ones by default. */
  readonly ports?: { readonly http: number; readonly dicom: number; readonly mllp: number };
  readonly readyWithinMs?: number;
};

/** Why the product cannot be started in parts on this machine, or `undefined` when it can. */
const reasonAgainst = (found: readonly Infrastructure[]): string | undefined => {
  const reasons = found.flatMap((each) => (each.how === 'absent' ? [`${each.kind}: ${each.reason}`] : []));
  return reasons.length === 0 ? undefined : reasons.join('; ');
};

/** Starts the servers, then the five processes side by side, and waits until each says that it is ready. Rejects when a server is absent. */
export async function startDistributed(options: DistributedOptions = {}): Promise<DistributedProduct> {
  const { readyWithinMs = 90_000 } = options;
  const found = await Promise.all((['kafka', 'redis', 'postgres'] as const).map(startInfrastructure));
  const servers = new Map(found.flatMap((each) => (each.how === 'absent' ? [] : [[each.kind, each] as const])));
  const stopServers = async (): Promise<void> => {
    for (const each of servers.values()) await each.stop();
  };
  const missing = reasonAgainst(found);
  if (missing !== undefined) {
    await stopServers();
    throw new Error(`the distributed product needs all three servers: ${missing}`);
  }

  const server = (kind: InfrastructureKind): RunningInfrastructure => {
    const running = servers.get(kind);
    if (running === undefined) throw new Error(`no ${kind}`);
    return running;
  };
  const directory = await tempDirectory('voorrang-distributed-');
  const httpPorts = await portsOf(options.ports?.http);
  const dicomPort = options.ports?.dicom ?? (await freePort());
  const mllpPort = options.ports?.mllp ?? (await freePort());
  const baseOf = (service: DistributedService): string => `http://127.0.0.1:${httpPorts[service]}`;
  const apiToken = options.environment?.VOORRANG_API_TOKEN ?? randomBytes(24).toString('base64url');
  const common = {
    VOORRANG_KAFKA_BROKERS: server('kafka').address,
    VOORRANG_REDIS_URL: server('redis').address,
    VOORRANG_DATABASE_URL: server('postgres').address,
    VOORRANG_KEY_SECRET: randomBytes(24).toString('base64url'),
    VOORRANG_API_TOKEN: apiToken,
    VOORRANG_DICOM_PORT: String(dicomPort),
    VOORRANG_MLLP_PORT: String(mllpPort),
    VOORRANG_RESULTS_URL: baseOf('ai-results'),
    VOORRANG_INGEST_URL: baseOf('ingest'),
    VOORRANG_NOTIFIER_URL: baseOf('notifier'),
    VOORRANG_PUBLIC_URL: baseOf('worklist'),
  };
  const lives = new Map<DistributedService, VoorrangProcess[]>();
  const processOf = (service: DistributedService): VoorrangProcess => {
    const current = lives.get(service)?.at(-1);
    if (current === undefined) throw new Error(`${service} was never started`);
    return current;
  };

  const start = async (service: DistributedService, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const dataDirectory = join(directory.path, service);
    await mkdir(dataDirectory, { recursive: true });
    const process = spawnVoorrang(['start', service], {
      ...common,
      VOORRANG_HTTP_PORT: String(httpPorts[service]),
      VOORRANG_DATA_DIR: dataDirectory,
      ...options.environment,
      ...more,
    });
    lives.set(service, [...(lives.get(service) ?? []), process]);
    const isReady = async (): Promise<boolean> => (await fetch(`${baseOf(service)}/health/ready`)).status === 200;
    try {
      await process.ready(readyWithinMs);
      await waitUntil(isReady, { deadlineMs: readyWithinMs, everyMs: 50, what: `${service} to be ready` });
    } catch (error) {
      const health = await fetch(`${baseOf(service)}/health/ready`).then(
        (answer) => answer.text(),
        () => 'no answer',
      );
      const why = `${(error as Error).message}\nhealth: ${health}\n${process.log.slice(-2_000)}`;
      throw new Error(why, { cause: error });
    }
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...lives.values()].map((each) => each.at(-1)?.stop()));
    await stopServers();
    await directory.remove();
  };

  try {
    await Promise.all(distributedServices.map((service) => start(service)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    base: baseOf('worklist'),
    bases: Object.fromEntries(
      distributedServices.map((service) => [service, baseOf(service)]),
    ) as DistributedProduct['bases'],
    dicomPort,
    mllpPort,
    apiToken,
    dataDirectory: directory.path,
    server,
    process: processOf,
    output: (service) => (lives.get(service) ?? []).map(({ lines, log }) => `${lines.join('\n')}\n${log}`).join('\n'),
    restart: async (service, environment) => {
      await processOf(service).stop();
      await start(service, environment);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The front door gets the port that was asked for, the others free ones. */
async function portsOf(frontDoor: number | undefined): Promise<Readonly<Record<DistributedService, number>>> {
  const ports: Partial<Record<DistributedService, number>> = {};
  for (const service of distributedServices) {
    ports[service] = service === 'worklist' && frontDoor !== undefined ? frontDoor : await freePort();
  }
  return ports as Record<DistributedService, number>;
}
