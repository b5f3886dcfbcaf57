import { loadSettings, type Profile, type Settings, startTracing, untilStopped } from '@voorrang/platform';
import { compose, type OpenPorts } from '../compose/compose.ts';
import { lockDataDirectory } from '../compose/data-directory.ts';
import { isServiceName, type ServiceName, serviceNames } from '../compose/service-names.ts';
import { buildPages } from './build-pages.ts';
import { complain, say } from './say.ts';

/** `start [SERVICE]`: runs until SIGTERM or SIGINT. Refuses a configuration with all its problems at once. */
export const start = (args: readonly string[]): Promise<number> => run(args, process.env);

/** What runs beside the started product until it is told to stop. */
export type Beside = (ports: OpenPorts, signal: AbortSignal) => Promise<void>;

export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  beside?: Beside,
): Promise<number> {
  const [service] = args;
  if (service !== undefined && !isServiceName(service)) {
    complain(`no service '${service}'; there are ${serviceNames.join(', ')}`);
    return 2;
  }
  const loaded = loadSettings(environment);
  if (!loaded.ok) {
    for (const { place, message } of loaded.error) complain(`${place}: ${message}`);
    complain(`${loaded.error.length} problems with the configuration`);
    return 2;
  }
  const { settings, profile } = loaded.value;
  if (service !== undefined && profile === 'embedded') {
    complain('one service alone needs VOORRANG_KAFKA_BROKERS, VOORRANG_REDIS_URL and VOORRANG_DATABASE_URL');
    return 2;
  }
  return serve(settings, profile, service === undefined ? serviceNames : [service], beside);
}

async function serve(
  settings: Settings,
  profile: Profile,
  services: readonly ServiceName[],
  beside?: Beside,
): Promise<number> {
  const release = await lockDataDirectory(settings.VOORRANG_DATA_DIR);
  const name = services.length === 1 ? services.join() : 'all';
  const tracing = await startTracing({
    serviceName: `voorrang-${name}`,
    endpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
  });
  const ending = new AbortController();
  try {
    if (services.includes('worklist')) await buildPages();
    const composed = await compose(settings, profile, services);
    if (!composed.ok) {
      for (const problem of composed.error) complain(problem);
      return 2;
    }
    const product = composed.value;
    await product.start();
    for (const line of product.announcement()) say(line);
    void product.untilReady(ending.signal).then(() => {
      if (ending.signal.aborted) return;
      say('ready');
      beside?.(product.openPorts(), ending.signal).catch((error: unknown) =>
        product.logger.error('what ran beside the product failed', error),
      );
    });
    return await untilStopped(
      [
        { name: 'beside', stop: async () => ending.abort() },
        { name: 'product', stop: () => product.stop() },
        { name: 'tracing', stop: () => tracing.stop() },
      ],
      product.logger,
    );
  } finally {
    ending.abort();
    await release();
  }
}
