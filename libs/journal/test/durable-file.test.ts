import { describe, expect, test } from '@jest/globals';
import type { FileSystem } from '../src/index.ts';
import { readFileIfPresent, writeFileDurably } from '../src/index.ts';
import { CrashingFileSystem, type SyncPlace, withoutSync } from '../src/testing/index.ts';

const path = '/data/position';
const old = Buffer.alloc(300, 'old ');
const next = Buffer.alloc(700, 'new ');

/** Whether a write that was answered is lost, or a half one is seen, for some crash. */
async function isRed(wrap: (disk: FileSystem) => FileSystem): Promise<boolean> {
  for (let instant = 0; instant < 8; instant += 1) {
    for (let seed = 0; seed < 12; seed += 1) {
      const disk = new CrashingFileSystem({ pageBytes: 64 });
      await disk.makeDirectory('/data');
      await disk.syncDirectory('/');
      await writeFileDurably(disk, path, old);
      let answered = false;
      const powerOff = disk.powerOffAfter(instant);
      const write = writeFileDurably(wrap(disk), path, next).then(() => {
        answered = true;
      });
      await Promise.race([write, powerOff]);
      const content = await readFileIfPresent(disk.crash(seed), path);
      const isOld = content !== undefined && old.equals(content);
      const isNew = content !== undefined && next.equals(content);
      if (answered ? !isNew : !isOld && !isNew) return true;
    }
  }
  return false;
}

describe('writeFileDurably', () => {
  test('leaves the old or the new content whole after any crash, and the new one once it answered', async () => {
    expect(await isRed((disk) => disk)).toBe(false);
  });

  test.each<[string, SyncPlace]>([
    ['the file', { kind: 'file', matches: () => true }],
    ['the directory', { kind: 'directory', matches: () => true }],
  ])('is red without the sync of %s', async (_, place) => {
    expect(await isRed((disk) => withoutSync(disk, place))).toBe(true);
  });

  test('a file that is not there reads as nothing', async () => {
    expect(await readFileIfPresent(new CrashingFileSystem(), '/data/none')).toBeUndefined();
  });
});
