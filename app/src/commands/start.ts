import { loadSettings, startTracing, untilStopped } from '@voorrang/platform';
import { compose, type OpenPorts } from '../compose/compose.ts';
import { lockDataDirectory } from '../compose/data-directory.ts';
import { isServiceName, serviceNames } from '../compose/service-names.ts';
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
  const release = await lockDataDirectory(settings.VOORRANG_DATA_DIR);
  const tracing = await startTracing({
    serviceName: `voorrang-${service ?? 'all'}`,
    endpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
  });
  try {
    if (service === undefined || service === 'worklist') await buildPages();
    const product = await compose(settings, profile, service === undefined ? serviceNames : [service]);
    if (!product.ok) {
      for (const problem of product.error) complain(problem);
      return 2;
    }
    const { logger } = product.value;
    await product.value.start();
    for (const line of product.value.announcement()) say(line);
    say('ready');
    const stopBeside = new AbortController();
    beside?.(product.value.openPorts(), stopBeside.signal).catch((error: unknown) =>
      logger.error('what ran beside the product failed', error),
    );
    return await untilStopped(
      [
        { name: 'product', stop: () => product.value.stop() },
        { name: 'tracing', stop: () => tracing.stop() },
      ],
      logger,
    );
  } finally {
    await release();
  }
}
