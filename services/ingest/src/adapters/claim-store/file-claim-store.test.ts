import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { FileSystem } from '@voorrang/journal';
import { CrashingFileSystem, type SyncPlace, withoutSync } from '@voorrang/journal/testing';
import { fileClaimStore } from './file-claim-store.ts';

const directory = '/data/evidence';
const text = Buffer.from('{"00080060":{"vr":"CS","Value":["SR"]}}'.repeat(40));
const digest = createHash('sha256').update(text).digest('hex');
const claim = { digest, bytes: text.length };

const storeOn = (fileSystem: FileSystem, limitBytes = 1 << 20) => fileClaimStore({ directory, fileSystem, limitBytes });
async function openedOn(fileSystem: FileSystem, limitBytes?: number) {
  const store = storeOn(fileSystem, limitBytes);
  await store.open();
  return store;
}

/** Whether some crash takes away a text that was said to be kept, or leaves a name with other bytes. `killed`: the process is killed first, and the power goes later. */
async function losesSomething(mutate: (disk: FileSystem) => FileSystem, killed: boolean): Promise<boolean> {
  for (let instant = 1; instant <= 16; instant += 1) {
    for (let seed = 0; seed < 12; seed += 1) {
      const disk = new CrashingFileSystem({ pageBytes: 64 });
      const powerOff = disk.powerOffAfter(instant);
      let kept = false;
      const keep = async (on: CrashingFileSystem): Promise<void> => {
        await (await openedOn(mutate(on))).keep(text);
        kept = true;
      };
      await Promise.race([keep(disk), powerOff]);
      let after = disk;
      if (killed) {
        after = disk.restart();
        await keep(after);
      }
      const read = await (await openedOn(after.crash(seed))).read(digest).catch(() => Buffer.from('torn'));
      if (kept && read === undefined) return true;
      if (read !== undefined && Buffer.compare(read, text) !== 0) return true;
    }
  }
  return false;
}

const places: readonly SyncPlace[] = [
  { kind: 'file', matches: () => true },
  { kind: 'directory', matches: (path) => path === directory },
];

describe('a store of evidence', () => {
  test('keeps a text once and gives it back by its digest, also after a restart', async () => {
    const disk = new CrashingFileSystem();
    const store = await openedOn(disk);
    expect(await Promise.all([store.keep(text), store.keep(text)])).toEqual([claim, claim]);
    const operations = disk.operations;
    expect(await store.keep(text)).toEqual(claim);
    expect(disk.operations).toBe(operations);
    const again = await openedOn(disk.restart());
    expect(Buffer.compare((await again.read(digest)) ?? Buffer.alloc(0), text)).toBe(0);
    expect(await again.read('0'.repeat(64))).toBeUndefined();
  });

  test.each([false, true])(
    'has every text that it said to keep, whole, after any crash (killed before: %s)',
    async (killed) => {
      expect(await losesSomething((disk) => disk, killed)).toBe(false);
    },
  );

  test.each(places)('would lose a text without the sync of a $kind', async (place) => {
    const lost = [false, true].map((killed) => losesSomething((disk) => withoutSync(disk, place), killed));
    expect(await Promise.all(lost)).toContain(true);
  });

  test('refuses what does not fit, and counts what is there already', async () => {
    const disk = new CrashingFileSystem();
    const store = await openedOn(disk, text.length + 10);
    await store.keep(text);
    await expect(store.keep(Buffer.alloc(11))).rejects.toMatchObject({ code: 'VRG_STORAGE_FULL' });
    expect(store.health()).toEqual({ ok: false, detail: '1 texts, 1 MB of 1 MB' });
    expect(await store.keep(text)).toEqual(claim);
    const again = await openedOn(disk.restart(), text.length + 10);
    await expect(again.keep(Buffer.alloc(11))).rejects.toMatchObject({ code: 'VRG_STORAGE_FULL' });
  });

  test.each([
    ['ENOSPC', 'VRG_STORAGE_FULL'],
    ['EIO', 'VRG_UNAVAILABLE'],
  ] as const)('a disk that says %s keeps nothing, and everything when it is well again', async (code, expected) => {
    const disk = new CrashingFileSystem();
    const store = await openedOn(disk, text.length);
    disk.fail({ operation: 'append', nth: 1, code });
    await expect(store.keep(text)).rejects.toMatchObject({ code: expected, kind: 'transient' });
    expect(await store.read(digest)).toBeUndefined();
    expect(await disk.list(directory)).toEqual([]);
    expect(await store.keep(text)).toEqual(claim);
  });

  test('a text that rotted on the disk is not given back as if it were well', async () => {
    const disk = new CrashingFileSystem();
    const store = await openedOn(disk);
    await store.keep(text);
    disk.rot(`${directory}/${digest}-${text.length}.json`, (content) => {
      content[3] = 0;
      return content;
    });
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'VRG_INTERNAL' });
  });

  test('what a killed process left half written is removed', async () => {
    const disk = new CrashingFileSystem();
    const store = await openedOn(disk);
    disk.fail({ operation: 'rename', nth: 1, code: 'EIO' });
    disk.fail({ operation: 'remove', nth: 1, code: 'EIO' });
    await expect(store.keep(text)).rejects.toMatchObject({ code: 'VRG_UNAVAILABLE' });
    expect(await disk.list(directory)).toEqual([`${digest}-${text.length}.json.tmp`]);
    await openedOn(disk);
    expect(await disk.list(directory)).toEqual([]);
  });

  test('is not there before it is open', async () => {
    await expect(storeOn(new CrashingFileSystem()).keep(text)).rejects.toMatchObject({ code: 'VRG_UNAVAILABLE' });
  });
});
