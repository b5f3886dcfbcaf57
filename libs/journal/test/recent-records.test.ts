import { expect, test } from '@jest/globals';
import { tempDirectory } from '@voorrang/testing';
import fc from 'fast-check';
import { type Journal, type JournalRecord, nodeFileSystem, openJournal } from '../src/index.ts';

const all = async (journal: Journal, from: number): Promise<JournalRecord[]> => {
  const records: JournalRecord[] = [];
  for await (const chunk of journal.read(from)) records.push(...chunk);
  return records;
};
const told = (records: readonly JournalRecord[]): string[] =>
  records.map(({ seq, payload }) => `${seq} ${Buffer.from(payload).toString('hex')}`);

const step = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    sizes: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('read' as const), from: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('drop' as const), below: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('restart' as const) }),
);

test('a reader is given the same records from memory and from the disk, wherever it begins', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 600 }),
      async (steps, recentBytes) => {
        await using directory = await tempDirectory();
        const open = () =>
          openJournal({ directory: directory.path, fileSystem: nodeFileSystem(), segmentBytes: 300, recentBytes });
        let journal = await open();
        const written: string[] = [];
        for (const one of steps) {
          if (one.kind === 'append') {
            const payloads = one.sizes.map((size, at) => Buffer.alloc(size, written.length + at));
            const first = await journal.append(payloads);
            expect(first).toBe(written.length);
            for (const payload of payloads) written.push(`${written.length} ${payload.toString('hex')}`);
          } else if (one.kind === 'read') {
            const from = Math.floor(one.from * (written.length + 1));
            expect(told(await all(journal, from))).toEqual(written.slice(Math.max(from, journal.tail)));
          } else if (one.kind === 'drop') await journal.dropBelow(Math.floor(one.below * written.length));
          else {
            await journal.close();
            journal = await open();
          }
        }
        expect(told(await all(journal, 0))).toEqual(written.slice(journal.tail));
        await journal.close();
      },
    ),
    { numRuns: 60, seed: 20261123 },
  );
});

test('who follows the head does not open the disk again', async () => {
  await using directory = await tempDirectory();
  const disk = nodeFileSystem();
  let opened = 0;
  const fileSystem = {
    ...disk,
    open: (path: string, mode: 'read' | 'append' | 'truncate') => {
      if (mode === 'read') opened += 1;
      return disk.open(path, mode);
    },
  };
  const journal = await openJournal({ directory: directory.path, fileSystem, recentBytes: 1_000 });
  await journal.append([Buffer.from('a'), Buffer.from('b')]);
  opened = 0;
  expect(told(await all(journal, 1))).toEqual(['1 62']);
  expect(opened).toBe(0);
  await journal.close();
});
