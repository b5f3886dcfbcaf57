import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nodeFileSystem, openJournal, readFileIfPresent, writeFileDurably } from '../src/index.ts';

describe('the journal on the real file system', () => {
  let base: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'voorrang-journal-'));
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  test('keeps records over openings, rolls segments and drops them', async () => {
    const directory = join(base, 'a', 'b');
    const fileSystem = nodeFileSystem();
    const journal = await openJournal({ directory, fileSystem, segmentBytes: 4_096 });
    await Promise.all(Array.from({ length: 200 }, (_, n) => journal.append([Buffer.from(`record ${n}`)])));
    await journal.append([Buffer.alloc(600_000, 'x'), Buffer.from('last')]);
    await journal.append([Buffer.from('one more')]);
    await journal.close();
    const again = await openJournal({ directory, fileSystem, segmentBytes: 4_096 });
    const payloads: string[] = [];
    for await (const records of again.read(0))
      for (const { payload } of records) payloads.push(Buffer.from(payload).toString());
    expect(payloads).toHaveLength(203);
    expect(payloads.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, n) => `record ${n}`));
    expect(payloads[200]).toHaveLength(600_000);
    await again.dropBelow(202);
    expect(again.tail).toBe(202);
    await again.close();
  });

  test('replaces a small file, and lists what is not there as empty', async () => {
    const fileSystem = nodeFileSystem();
    const path = join(base, 'position');
    await writeFileDurably(fileSystem, path, Buffer.from('1'));
    await writeFileDurably(fileSystem, path, Buffer.from('22'));
    expect(Buffer.from((await readFileIfPresent(fileSystem, path)) ?? []).toString()).toBe('22');
    expect(await fileSystem.list(join(base, 'nowhere'))).toEqual([]);
    expect(await fileSystem.list(base)).toEqual(['position']);
  });
});
