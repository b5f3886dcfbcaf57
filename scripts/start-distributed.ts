import { distributedServices, startDistributed } from '@voorrang/testing/infrastructure';

/**
 * `npm run distributed`: the product as five processes on Kafka, Redis and PostgreSQL of its own (given, in Docker or local programs), on the
 * usual ports, until Ctrl-C. Data are thrown away at the end. `VOORRANG_` settings of the shell reach every process.
 */
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const settings = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith('VOORRANG_') && !name.startsWith('VOORRANG_TEST_') && value !== undefined ? [[name, value]] : [],
  ),
);
const portOf = (name: string, fallback: number): number => Number(settings[name] ?? fallback);
const ports = {
  http: portOf('VOORRANG_HTTP_PORT', 8080),
  dicom: portOf('VOORRANG_DICOM_PORT', 11_112),
  mllp: portOf('VOORRANG_MLLP_PORT', 2575),
};
delete settings.VOORRANG_HTTP_PORT;

const product = await startDistributed({ environment: settings, ports });
for (const kind of ['kafka', 'redis', 'postgres'] as const) {
  const { detail, address } = product.server(kind);
  print(`${kind.padEnd(15)} ${detail}${detail === 'given' ? '' : ` at ${address}`}`);
}
for (const service of distributedServices) {
  print(`${service.padEnd(15)} ${product.bases[service]} (process ${product.process(service).pid})`);
}
print(`dicom           127.0.0.1:${product.dicomPort}`);
print(`mllp            127.0.0.1:${product.mllpPort}`);
print(`sign in         ${product.base}/sign-in#token=${product.apiToken}`);
print('ready');

await new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
});
print('stopping');
await product.stop();
