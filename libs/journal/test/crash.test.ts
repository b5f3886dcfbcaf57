import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FileSystem } from '../src/index.ts';
import { CrashingFileSystem, type SyncPlace, withoutSync } from '../src/testing/index.ts';
import { directory, live, open, readAll, violation } from './life.ts';

const unchanged = (disk: FileSystem): FileSystem => disk;
const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 4 }), { maxLength: 6 });

describe('after a crash', () => {
  test('every acknowledged record is there, and everything that a reader was shown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ groups: sizes, after: fc.integer({ min: 0, max: 45 }), seed: fc.nat(), power: fc.boolean() }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (lives) => {
          let disk = new CrashingFileSystem({ pageBytes: 64 });
          const promised = new Map<number, string>();
          for (const { groups, after, seed, power } of lives) {
            const { acknowledged, shown } = await live(disk, unchanged, groups, after);
            for (const [seq, content] of [...shown, ...acknowledged]) promised.set(seq, content);
            disk = power ? disk.crash(seed) : disk.restart();
          }
          expect(await violation(disk, promised)).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });
});

/**
 * Takes one sync out and looks for a crash that shows it: `first` and `second` say in which of two lives it is missing. The first life
 * ends by a kill at every possible instant, the second by a power cut.
 */
async function isRedWithout(place: SyncPlace, missingIn: 'first' | 'second'): Promise<boolean> {
  const mutate = (disk: FileSystem): FileSystem => withoutSync(disk, place);
  for (let instant = 4; instant < 30; instant += 1) {
    for (let seed = 0; seed < 8; seed += 1) {
      const disk = new CrashingFileSystem({ pageBytes: 64 });
      const groups = [[150], [200, 30], [90]];
      const before = await live(disk, missingIn === 'first' ? mutate : unchanged, groups, instant);
      if (missingIn === 'first') {
        if ((await violation(disk.crash(seed), before.acknowledged)) !== undefined) return true;
        continue;
      }
      const restarted = disk.restart();
      const after = await live(restarted, mutate, [], 1_000);
      if ((await violation(restarted.crash(seed), after.shown)) !== undefined) return true;
    }
  }
  return false;
}

describe('without one of its syncs the journal loses what it promised', () => {
  const file: SyncPlace = { kind: 'file', matches: (path) => path.endsWith('.seg') };
  const names: SyncPlace = { kind: 'directory', matches: (path) => path === directory };
  const parents: SyncPlace = { kind: 'directory', matches: (path) => directory.startsWith(`${path}/`) || path === '/' };
  const nothing: SyncPlace = { kind: 'file', matches: () => false };

  test.each([
    ['of the segment at each commit', file, 'first'],
    ['of the directory when a segment begins', names, 'first'],
    ['of the parents when the directory is made', parents, 'first'],
    ['of the segment when it is opened again', file, 'second'],
    ['of the directory when it is opened again', names, 'second'],
  ] as const)('%s', async (_, place, missingIn) => {
    expect(await isRedWithout(place, missingIn)).toBe(true);
  });

  test('and with all of them it does not', async () => {
    expect(await isRedWithout(nothing, 'first')).toBe(false);
    expect(await isRedWithout(nothing, 'second')).toBe(false);
  });

  test('of the directory between two removals', async () => {
    const outcome = async (place: SyncPlace): Promise<boolean> => {
      for (let seed = 0; seed < 60; seed += 1) {
        const disk = new CrashingFileSystem({ pageBytes: 64 });
        await live(disk, unchanged, [[300], [300], [300], [300]], 1_000);
        const journal = await open(withoutSync(disk, place));
        const head = journal.head;
        await journal.dropBelow(head);
        const left = await readAll(journal);
        if ((await violation(disk.crash(seed), left)) !== undefined) return true;
      }
      return false;
    };
    expect(await outcome(names)).toBe(true);
    expect(await outcome(nothing)).toBe(false);
  });
});
