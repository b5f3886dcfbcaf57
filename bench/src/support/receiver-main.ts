import { createDicomServer } from '@voorrang/dicom';
import { nodeFileSystem, openJournal } from '@voorrang/journal';
import { systemClock } from '@voorrang/kernel';

const [directory = '', keeping] = process.argv.slice(2);
const journal = await openJournal({ directory, fileSystem: nodeFileSystem() });
const server = createDicomServer({
  bind: '127.0.0.1',
  port: 0,
  aeTitle: 'VOORRANG',
  clock: systemClock(),
  onStore: async ({ header }) => {
    if (keeping === 'true') await journal.append([Buffer.from(JSON.stringify(header))]);
    return 'stored';
  },
});
await server.listen();
process.stdout.write(`${server.port}\n`);
process.once('SIGTERM', async () => {
  await server.close();
  await journal.close();
  process.exit(0);
});
