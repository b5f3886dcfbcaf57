import { createDicomServer } from '@voorrang/dicom';
import { systemClock } from '@voorrang/kernel';

/** Our DICOM receiver alone: the header is read, nothing is kept. */
const server = createDicomServer({
  bind: '127.0.0.1',
  port: 0,
  aeTitle: 'VOORRANG',
  clock: systemClock(),
  onStore: async () => 'stored',
});
await server.listen();
process.stdout.write(`${server.port}\n`);
process.once('SIGTERM', async () => {
  await server.close();
  process.exit(0);
});
