import { describe, expect, test } from '@jest/globals';
import { VoorrangError } from '@voorrang/kernel';
import fc from 'fast-check';
import { checkJournal, repairJournal } from '../src/index.ts';
import { CrashingFileSystem } from '../src/testing/index.ts';
import { bytesOf, directory, open, readAll } from './life.ts';

const records = 12;
const pathOf = (name: string): string => `${directory}/${name}`;

/** Twelve records of 100 bytes in several segments; left as a killed process leaves them, or closed. */
async function filled(how: 'killed' | 'closed'): Promise<{ disk: CrashingFileSystem; names: string[] }> {
  const disk = new CrashingFileSystem();
  const journal = await open(disk);
  for (let n = 0; n < records; n += 1) await journal.append([bytesOf(n, 100)]);
  if (how === 'closed') await journal.close();
  return { disk: disk.restart(), names: (await disk.restart().list(directory)).sort() };
}

const flip = (at: number) => (content: Buffer) => {
  content[at] = (content[at] ?? 0) ^ 0x10;
  return content;
};

async function refusalOf(disk: CrashingFileSystem): Promise<VoorrangError | undefined> {
  try {
    await (await open(disk)).close();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof VoorrangError) return thrown;
    throw thrown;
  }
}

describe('opening a journal', () => {
  test.each([1, 7, 8, 39, 41, 60, 147])('cuts a last commit of which %d bytes arrived', async (arrived) => {
    const { disk, names } = await filled('killed');
    const last = pathOf(names.at(-1) ?? '');
    const size = disk.contentOf(last).length;
    const commit = 40 + 108;
    disk.rot(last, (content) => content.subarray(0, size - commit + arrived));
    expect((await checkJournal(directory, disk)).verdict).toBe('torn-tail');
    const journal = await open(disk);
    expect(journal.head).toBe(records - 1);
    expect(await journal.append([bytesOf(99)])).toBe(records - 1);
    await journal.close();
    expect((await checkJournal(directory, disk)).verdict).toBe('sound');
    expect([...(await readAll(await open(disk))).keys()]).toHaveLength(records);
  });

  test('cuts a last commit whose first page never arrived although a later one did', async () => {
    const { disk, names } = await filled('killed');
    const last = pathOf(names.at(-1) ?? '');
    disk.rot(last, (content) => content.fill(0, content.length - 148, content.length - 60));
    expect((await open(disk)).head).toBe(records - 1);
  });

  test('refuses a bad byte that a later commit proves to have been durable, and says where and what to do', async () => {
    const { disk, names } = await filled('killed');
    const [first = ''] = names;
    disk.rot(pathOf(first), flip(60));
    const refusal = await refusalOf(disk);
    expect(refusal?.code).toBe('VRG_JOURNAL_CORRUPT');
    expect(refusal?.details).toEqual({
      segment: first,
      offset: 40,
      problem: 'corrupt',
      repair: `npx voorrang journal check --repair ${directory}`,
    });
  });

  test('after a clean close, any flipped bit anywhere is found', async () => {
    const { disk, names } = await filled('closed');
    const sizes = names.map((name) => disk.contentOf(pathOf(name)).length);
    await fc.assert(
      fc.asyncProperty(fc.nat(names.length - 1), fc.nat(), fc.nat(7), async (which, where, bit) => {
        const name = pathOf(names[which] ?? '');
        const closingMark = which === names.length - 1 ? 40 : 0;
        const at = where % ((sizes[which] ?? 0) - closingMark);
        const change = (content: Buffer) => {
          content[at] = (content[at] ?? 0) ^ (1 << bit);
          return content;
        };
        disk.rot(name, change);
        expect((await checkJournal(directory, disk)).verdict).toBe('corrupt');
        disk.rot(name, change);
      }),
      { numRuns: 200 },
    );
    expect((await checkJournal(directory, disk)).verdict).toBe('sound');
  });

  test('refuses when a segment in the middle is missing', async () => {
    const { disk, names } = await filled('closed');
    await disk.remove(pathOf(names[1] ?? ''));
    expect((await refusalOf(disk))?.details).toMatchObject({ segment: names[2], offset: 0, problem: 'missing-before' });
  });

  test('a record that holds the bytes of a journal is only a record', async () => {
    const { disk, names } = await filled('closed');
    const inner = Buffer.concat(names.map((name) => disk.contentOf(pathOf(name))));
    const outer = new CrashingFileSystem();
    const journal = await open(outer);
    await journal.append([inner]);
    const killed = outer.restart();
    const [name = ''] = await killed.list(directory);
    killed.rot(pathOf(name), (content) => content.subarray(0, content.length - 1));
    expect((await open(killed)).head).toBe(0);
  });
});

describe('repairing a journal', () => {
  test('takes out the bad commit alone, keeps its bytes aside, and every other record keeps its number', async () => {
    const { disk, names } = await filled('closed');
    const [first = ''] = names;
    const before = Buffer.from(disk.contentOf(pathOf(first)));
    disk.rot(pathOf(first), flip(60));
    const { cuts, after } = await repairJournal(directory, disk);
    expect(after.verdict).toBe('sound');
    expect(cuts).toMatchObject([{ segment: first, offset: 40, bytes: 108, firstLostSeq: 0, next: 1 }]);
    const aside = disk.contentOf(pathOf(cuts[0]?.sideFile ?? ''));
    expect(aside.equals(flip(20)(before.subarray(40, 148)))).toBe(true);
    const journal = await open(disk);
    expect([...(await readAll(journal)).keys()]).toEqual(Array.from({ length: records - 1 }, (_, n) => n + 1));
    expect(journal.head).toBe(records);
  });

  /** One commit of many records, with a commit before and one behind it, all in one segment. */
  async function oneLargeCommit(sizes: readonly number[]) {
    const disk = new CrashingFileSystem();
    const journal = await open(disk, { segmentBytes: 1_000_000 });
    await journal.append([bytesOf(0)]);
    await journal.append(sizes.map((size, n) => bytesOf(n + 1, size)));
    await journal.append([bytesOf(99)]);
    const all = await readAll(journal);
    await journal.close();
    const [name = ''] = await disk.list(directory);
    return { disk: disk.restart(), path: pathOf(name), all };
  }
  // Mark and record of the first commit, mark of the second.
  const begin = 40 + 28 + 40;

  test('takes out one bad record alone, also in the middle of a large commit', async () => {
    const { disk, path, all } = await oneLargeCommit(Array.from({ length: 431 }, () => 30));
    disk.rot(path, flip(begin + 200 * 38 + 20));
    const { cuts, after } = await repairJournal(directory, disk);
    expect(cuts).toMatchObject([{ bytes: 38, firstLostSeq: 201, next: 202 }]);
    expect(after.verdict).toBe('sound');
    all.delete(201);
    expect(await readAll(await open(disk))).toEqual(all);
    const again = await open(disk.restart());
    expect(await again.append([bytesOf(7)])).toBe(433);
    expect((await readAll(again)).size).toBe(433);
  });

  test('restores a bad mark and loses nothing', async () => {
    const { disk, path, all } = await oneLargeCommit([30, 0, 32, 5]);
    disk.rot(path, flip(40 + 28 + 25));
    const { cuts, after } = await repairJournal(directory, disk);
    expect(cuts).toMatchObject([{ bytes: 40, firstLostSeq: 1, next: 1 }]);
    expect(after.verdict).toBe('sound');
    expect(await readAll(await open(disk))).toEqual(all);
  });

  test('loses at most as many records as bits were flipped in their content', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(60), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        async (sizes, flips) => {
          const { disk, path, all } = await oneLargeCommit(sizes);
          const hit = new Set<number>();
          for (const flipped of flips) {
            const n = flipped % sizes.length;
            if (sizes[n] === 0 || hit.has(n)) continue;
            hit.add(n);
            const at = begin + sizes.slice(0, n).reduce((sum, size) => sum + size + 8, 0) + 8;
            disk.rot(path, flip(at + (flipped % (sizes[n] ?? 1))));
          }
          const { after } = await repairJournal(directory, disk);
          expect(after.verdict).toBe('sound');
          for (const n of hit) all.delete(n + 1);
          expect(await readAll(await open(disk))).toEqual(all);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a bad length takes everything up to the next good commit, for no boundary is known', async () => {
    const { disk, path, all } = await oneLargeCommit([30, 30, 30]);
    disk.rot(path, flip(begin));
    const { cuts, after } = await repairJournal(directory, disk);
    expect(cuts).toMatchObject([{ firstLostSeq: 1, next: 4 }]);
    expect(after.verdict).toBe('sound');
    for (const lost of [1, 2, 3]) all.delete(lost);
    expect(await readAll(await open(disk))).toEqual(all);
  });

  test('makes a sound journal of any single damage, and loses no record outside of one commit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(), fc.integer({ min: 1, max: 60 }), async (which, where, length) => {
        const { disk, names } = await filled('closed');
        const name = pathOf(names[which % names.length] ?? '');
        disk.rot(name, (content) => {
          const at = where % content.length;
          return content.fill(0xa5, at, Math.min(content.length, at + length));
        });
        const { after } = await repairJournal(directory, disk);
        expect(after.verdict).not.toBe('corrupt');
        const kept = await readAll(await open(disk));
        expect(kept.size).toBeGreaterThanOrEqual(records - 2);
        for (const [seq, content] of kept) expect(content).toBe(bytesOf(seq, 100).toString('hex'));
      }),
      { numRuns: 60 },
    );
  });

  test('bridges a missing segment', async () => {
    const { disk, names } = await filled('closed');
    await disk.remove(pathOf(names[1] ?? ''));
    const { cuts, after } = await repairJournal(directory, disk);
    expect(cuts).toMatchObject([{ segment: names[2], bytes: 0 }]);
    expect([after.verdict, after.head]).toEqual(['sound', records]);
    const journal = await open(disk);
    expect(await journal.append([bytesOf(1)])).toBe(records);
  });

  test('does nothing to a sound journal', async () => {
    const { disk } = await filled('closed');
    expect(await repairJournal(directory, disk)).toMatchObject({ cuts: [], after: { verdict: 'sound' } });
  });
});
