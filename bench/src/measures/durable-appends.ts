import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, openJournal } from '@voorrang/journal';
import { tempDirectory } from '@voorrang/testing/infrastructure';
import { type Figure, type Measurement, secondsOf } from '../measure.ts';

const recordBytes = 400;
const alone = 1_000;
const together = 40_000;

/** Syncs of a plain file with one record each: what the disk gives to anybody. */
export async function syncsPerSecond(path: string, count = alone): Promise<number> {
  const file = await open(path, 'a');
  const record = Buffer.alloc(recordBytes, 1);
  const seconds = await secondsOf(async () => {
    for (let i = 0; i < count; i += 1) {
      await file.write(record);
      await file.datasync();
    }
  });
  await file.close();
  return count / seconds;
}

export const durableAppends: Measurement = {
  name: 'durable-appends',
  about: 'journal records of 400 bytes, acknowledged after the sync',
  async run(): Promise<readonly Figure[]> {
    await using directory = await tempDirectory();
    const syncs = await syncsPerSecond(join(directory.path, 'plain'));
    const journal = await openJournal({ directory: join(directory.path, 'journal'), fileSystem: nodeFileSystem() });
    const record = Buffer.alloc(recordBytes, 1);
    const one =
      alone /
      (await secondsOf(async () => {
        for (let i = 0; i < alone; i += 1) await journal.append([record]);
      }));
    const writers = 64;
    const many =
      together /
      (await secondsOf(() =>
        Promise.all(
          Array.from({ length: writers }, async () => {
            for (let i = 0; i < together / writers; i += 1) await journal.append([record]);
          }),
        ),
      ));
    const replayed = await secondsOf(async () => {
      for await (const batch of journal.read(0)) void batch.length;
    });
    const total = journal.head;
    await journal.close();
    return [
      {
        name: 'one writer',
        value: one,
        unit: 'records/s',
        against: { name: 'plain syncs/s', value: syncs },
        aim: { atLeast: 0.5 },
      },
      {
        name: '64 writers (group commit)',
        value: many,
        unit: 'records/s',
        against: { name: 'plain syncs/s x 64', value: syncs * 64 },
        aim: { atLeast: 0.1 },
      },
      { name: 'read back', value: total / replayed, unit: 'records/s' },
    ];
  },
};
