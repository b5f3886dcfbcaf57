import { join } from 'node:path';
import { freePort, tempDirectory } from '@voorrang/testing/infrastructure';
import { type Figure, type Measurement, median, secondsOf } from '../measure.ts';
import { writeCtFile } from '../support/ct-file.ts';
import { rawSinkSeconds } from '../support/raw-sink.ts';
import { startReceiver } from '../support/receiver-process.ts';
import { hasDcmtk, startStorescp, storescu } from '../support/storescu.ts';

const associations = 4;
const rounds = 3;
const loads = [
  { label: '525 KB', bytes: 525_000, times: 150 },
  { label: '10 KB', bytes: 10_000, times: 500 },
] as const;

export const cStore: Measurement = {
  name: 'c-store',
  about: `C-STORE by storescu, ${associations} associations, TCP_NODELAY at the sender; storescp and the sink keep nothing; median of ${rounds}`,
  async run(): Promise<readonly Figure[] | { skipped: string }> {
    if (!hasDcmtk()) return { skipped: 'dcmtk is not installed' };
    await using directory = await tempDirectory();
    const reader = await startReceiver(join(directory.path, 'unused'), false);
    const keeper = await startReceiver(join(directory.path, 'journal'), true);
    const peerPort = await freePort();
    const peer = await startStorescp(peerPort);
    const figures: Figure[] = [];
    for (const { label, bytes, times } of loads) {
      const file = join(directory.path, `${bytes}.dcm`);
      await writeCtFile(file, bytes);
      const objects = associations * times;
      const rate = { sink: [] as number[], storescp: [] as number[], reading: [] as number[], durable: [] as number[] };
      for (let round = 0; round < rounds; round += 1) {
        rate.sink.push(objects / (await rawSinkSeconds(associations, times, bytes)));
        rate.storescp.push(objects / (await secondsOf(() => storescu(peerPort, file, associations, times))));
        rate.reading.push(objects / (await secondsOf(() => storescu(reader.port, file, associations, times))));
        rate.durable.push(objects / (await secondsOf(() => storescu(keeper.port, file, associations, times))));
      }
      const storescp = { name: 'storescp', value: median(rate.storescp) };
      const sink = { name: 'sink', value: median(rate.sink) };
      const reading = { value: median(rate.reading), unit: 'objects/s' };
      const durable = { value: median(rate.durable), unit: 'objects/s' };
      figures.push(
        {
          name: `${label}: header read, against storescp --ignore`,
          ...reading,
          against: storescp,
          aim: { atLeast: 0.7 },
        },
        { name: `${label}: header read, against a raw TCP sink`, ...reading, against: sink },
        { name: `${label}: fact synced, against storescp --ignore`, ...durable, against: storescp },
        { name: `${label}: fact synced, against a raw TCP sink`, ...durable, against: sink },
      );
    }
    peer.stop();
    await reader.stop();
    await keeper.stop();
    return figures;
  },
};
