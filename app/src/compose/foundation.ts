import { join } from 'node:path';
import { type EventBus, journalBus } from '@voorrang/bus';
import { kafkaBus } from '@voorrang/bus/kafka';
import { type FileSystem, nodeFileSystem } from '@voorrang/journal';
import { armFaultPoint, err, ok, opaqueKeys, type Result, systemClock } from '@voorrang/kernel';
import { createLogger, createMetrics, type Profile, type ServiceContext, type Settings } from '@voorrang/platform';
import { type Protocol, readProtocolDirectory } from '@voorrang/protocol';
import { postgresProvider, type SqlProvider, sqliteProvider } from '@voorrang/sql';
import { inMemoryWorklistStore, type WorklistStore } from '@voorrang/worklist-store';
import { redisWorklistStore } from '@voorrang/worklist-store/redis';
import { clockOf } from './clock.ts';
import { localSecrets } from './data-directory.ts';
import { diskGauges } from './disk-gauges.ts';
import { busDirectory, sqlDirectory } from './places.ts';
import { needs, type ServiceName } from './service-names.ts';

/** What the services of one process stand on: the adapters of the profile and everything they share. */
export type Foundation = ServiceContext & {
  readonly settings: Settings;
  readonly profile: Profile;
  readonly apiToken: string;
  /** Whether the token was made here, so that the start shows it. */
  readonly tokenIsLocal: boolean;
  readonly fileSystem: FileSystem;
  readonly protocol: Protocol;
  readonly bus: EventBus;
  readonly sql: SqlProvider | undefined;
  readonly store: WorklistStore | undefined;
  close(): Promise<void>;
};

const exampleProtocol = join(import.meta.dirname, '../../../deploy/protocol');

/** Opens the adapters that the named services need. The error is what to tell the person who starts it. */
export async function layFoundation(
  settings: Settings,
  profile: Profile,
  services: readonly ServiceName[],
): Promise<Result<Foundation, readonly string[]>> {
  armFaultPoint(settings.VOORRANG_FAULT_POINT);
  const directory = settings.VOORRANG_POLICY_DIR ?? exampleProtocol;
  const protocol = await readProtocolDirectory(directory, { environment: (name) => addressOf(settings, name) });
  if (!protocol.ok)
    return err(protocol.error.map(({ file, line, path, message }) => `${file}:${line} ${path}: ${message}`));

  const secrets = await localSecrets(settings.VOORRANG_DATA_DIR);
  const logger = createLogger(settings.VOORRANG_LOG_LEVEL);
  const metrics = createMetrics({ processMetrics: true });
  const clock = await clockOf(settings);
  const fileSystem = nodeFileSystem();
  const keys = opaqueKeys((settings.VOORRANG_KEY_SECRET ?? secrets.keySecret).reveal());
  const log =
    settings.VOORRANG_KAFKA_BROKERS === undefined
      ? await journalBus({ directory: join(settings.VOORRANG_DATA_DIR, busDirectory), fileSystem, clock })
      : undefined;
  const bus =
    log ??
    (await kafkaBus({
      brokers: (settings.VOORRANG_KAFKA_BROKERS ?? '').split(','),
      clientId: `voorrang-${services.join('+')}`,
      clock,
      onWarn: (message, facts) => logger.warn(message, facts),
    }));
  const sql = !services.some((name) => needs[name].includes('sql'))
    ? undefined
    : profile === 'embedded'
      ? await sqliteProvider({ directory: join(settings.VOORRANG_DATA_DIR, sqlDirectory) })
      : await postgresProvider({ url: settings.VOORRANG_DATABASE_URL?.reveal() ?? '' });
  const store = !services.some((name) => needs[name].includes('store'))
    ? undefined
    : profile === 'embedded'
      ? inMemoryWorklistStore()
      : await redisWorklistStore({ url: settings.VOORRANG_REDIS_URL?.reveal() ?? '' });
  const stopGauges = diskGauges({
    directory: settings.VOORRANG_DATA_DIR,
    metrics,
    clock: systemClock(),
    ...(log === undefined ? {} : { busBytes: () => log.sizeBytes }),
  });
  return ok({
    settings,
    profile,
    clock,
    keys,
    logger,
    metrics,
    fileSystem,
    bus,
    sql,
    store,
    protocol: protocol.value,
    apiToken: (settings.VOORRANG_API_TOKEN ?? secrets.apiToken).reveal(),
    tokenIsLocal: settings.VOORRANG_API_TOKEN === undefined,
    close: async () => {
      await stopGauges();
      await bus.close();
      await store?.close();
      await sql?.close();
    },
  });
}

/** What `env:NAME` in a protocol file may name: the settings that hold addresses of channels, and what a PACS asks for. */
function addressOf(settings: Settings, name: string): string | undefined {
  const allowed = {
    VOORRANG_ALERT_WEBHOOK_URL: settings.VOORRANG_ALERT_WEBHOOK_URL,
    VOORRANG_NTFY_URL: settings.VOORRANG_NTFY_URL,
    VOORRANG_PACS_AUTHORIZATION: settings.VOORRANG_PACS_AUTHORIZATION?.reveal(),
  };
  return allowed[name as keyof typeof allowed];
}
