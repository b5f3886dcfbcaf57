import { join } from 'node:path';
import { type BusRecord, journalBus } from '@voorrang/bus';
import { type Event, topicNames } from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { systemClock } from '@voorrang/kernel';
import { busDirectory } from '../../../src/compose/places.ts';

export type Fact = Pick<Event, 'id' | 'type' | 'stamp'> & { readonly data: Record<string, unknown> };

/** Every event on the bus of an embedded product that has stopped, in order. */
export async function factsOf(dataDirectory: string): Promise<Fact[]> {
  const records: BusRecord[] = [];
  const bus = await journalBus({
    directory: join(dataDirectory, busDirectory),
    fileSystem: nodeFileSystem(),
    clock: systemClock(),
  });
  const subscription = await bus.subscribe({
    group: 'story',
    topics: topicNames,
    startAt: async () => ({}),
    handler: async (batch) =>
      void records.push(...batch.map((record) => ({ ...record, value: Buffer.from(record.value) }))),
  });
  await subscription.caughtUp();
  await subscription.stop();
  await bus.close();
  return records.map(({ value }) => {
    const { id, type, time, ingestid, seq, data } = JSON.parse(Buffer.from(value).toString('utf8'));
    return { id, type, stamp: { observedAt: Date.parse(time), ingestId: ingestid, seq }, data };
  });
}
