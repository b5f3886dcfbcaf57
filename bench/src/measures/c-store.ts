import { join } from 'node:path';
import { createDicomServer } from '@voorrang/dicom';
import { nodeFileSystem, openJournal } from '@voorrang/journal';
import { systemClock } from '@voorrang/kernel';
import { freePort, tempDirectory } from '@voorrang/testing/infrastructure';
import { type Figure, type Measurement, median, secondsOf } from '../measure.ts';
import { writeCtFile } from '../support/ct-file.ts';
import { rawSinkSeconds } from '../support/raw-sink.ts';
import { hasDcmtk, startStorescp, storescu } from '../support/storescu.ts';

const associations = 4;
const rounds = 3;
const loads = [
  { label: '525 KB', bytes: 525_000, times: 150, sinkAim: 0.5 },
  { label: '10 KB', bytes: 10_000, times: 500, sinkAim: undefined },
] as const;

export const cStore: Measurement = {
  name: 'c-store',
  about: `C-STORE by storescu, ${associations} associations, TCP_NODELAY at the sender, header fact synced before each answer; median of ${rounds}`,
  async run(): Promise<readonly Figure[] | { skipped: string }> {
    if (!hasDcmtk()) return { skipped: 'dcmtk is not installed' };
    await using directory = await tempDirectory();
    const journal = await openJournal({ directory: join(directory.path, 'journal'), fileSystem: nodeFileSystem() });
    const server = createDicomServer({
      bind: '127.0.0.1',
      port: 0,
      aeTitle: 'VOORRANG',
      clock: systemClock(),
      onStore: async ({ header }) => {
        await journal.append([Buffer.from(JSON.stringify(header))]);
        return 'stored';
      },
    });
    await server.listen();
    const peerPort = await freePort();
    const peer = await startStorescp(peerPort);
    const figures: Figure[] = [];
    for (const { label, bytes, times, sinkAim } of loads) {
      const file = join(directory.path, `${bytes}.dcm`);
      await writeCtFile(file, bytes);
      const objects = associations * times;
      const rate = { sink: [] as number[], storescp: [] as number[], ours: [] as number[] };
      for (let round = 0; round < rounds; round += 1) {
        rate.sink.push(objects / (await rawSinkSeconds(associations, times, bytes)));
        rate.storescp.push(objects / (await secondsOf(() => storescu(peerPort, file, associations, times))));
        rate.ours.push(objects / (await secondsOf(() => storescu(server.port, file, associations, times))));
      }
      const ours = median(rate.ours);
      figures.push(
        {
          name: `${label} objects, against storescp --ignore`,
          value: ours,
          unit: 'objects/s',
          against: { name: 'storescp', value: median(rate.storescp) },
          aim: { atLeast: 0.7 },
        },
        {
          name: `${label} objects, against a raw TCP sink`,
          value: ours,
          unit: 'objects/s',
          against: { name: 'sink', value: median(rate.sink) },
          ...(sinkAim === undefined ? {} : { aim: { atLeast: sinkAim } }),
        },
      );
    }
    peer.stop();
    await server.close();
    await journal.close();
    return figures;
  },
};
