import { describe, expect, test } from '@jest/globals';
import { VoorrangError } from '@voorrang/kernel';
import { CrashingFileSystem, type Failure } from '../src/testing/index.ts';
import { bytesOf, open, readAll } from './life.ts';

const codeOf = (thrown: unknown): string => (thrown instanceof VoorrangError ? thrown.code : String(thrown));
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'accepted', codeOf);

describe('the journal', () => {
  test('numbers records from 0 without gaps over appends, segments and openings', async () => {
    const disk = new CrashingFileSystem();
    const first = await open(disk);
    expect([first.head, first.tail]).toEqual([0, 0]);
    expect(await first.append([bytesOf(0), bytesOf(1)])).toBe(0);
    expect(await first.append([bytesOf(2, 500)])).toBe(2);
    expect(await first.append([bytesOf(3)])).toBe(3);
    await first.close();
    const second = await open(disk);
    expect([second.head, second.tail]).toEqual([4, 0]);
    expect(await second.append([bytesOf(4)])).toBe(4);
    expect([...(await readAll(second)).keys()]).toEqual([0, 1, 2, 3, 4]);
    expect((await disk.list('/data/journal')).length).toBe(2);
  });

  test('reads from any record on, over segments', async () => {
    const journal = await open(new CrashingFileSystem());
    for (let n = 0; n < 40; n += 1) await journal.append([bytesOf(n, n * 11)]);
    for (const from of [0, 1, 7, 39, 40, 99]) {
      const read = await readAll(journal, from);
      expect([...read.keys()]).toEqual(Array.from({ length: Math.max(0, 40 - from) }, (_, n) => from + n));
      for (const [seq, content] of read) expect(content).toBe(bytesOf(seq, seq * 11).toString('hex'));
    }
  });

  test('keeps records larger than a read window whole', async () => {
    const journal = await open(new CrashingFileSystem({ pageBytes: 65536 }), { segmentBytes: 64 * 1024 * 1024 });
    await journal.append([bytesOf(0), bytesOf(1, 900 * 1024), bytesOf(2)]);
    const read = await readAll(journal);
    expect(read.get(1)).toBe(bytesOf(1, 900 * 1024).toString('hex'));
    expect(read.size).toBe(3);
  });

  test('appends that wait together share one sync, and are numbered in the order of the calls', async () => {
    const disk = new CrashingFileSystem();
    const journal = await open(disk, { segmentBytes: 1_000_000 });
    await journal.append([bytesOf(0)]);
    const before = disk.operations;
    const numbers = await Promise.all(Array.from({ length: 64 }, (_, n) => journal.append([bytesOf(n)])));
    expect(numbers).toEqual(Array.from({ length: 64 }, (_, n) => n + 1));
    expect(disk.operations - before).toBe(2);
  });

  test('reading goes on while an append waits for its sync, and sees only what is durable', async () => {
    const journal = await open(new CrashingFileSystem());
    await journal.append([bytesOf(0)]);
    const waiting = journal.append([bytesOf(1)]);
    expect([...(await readAll(journal)).keys()]).toEqual([0]);
    await waiting;
    expect([...(await readAll(journal)).keys()]).toEqual([0, 1]);
  });

  test('a reader is not confused by records that are appended or dropped meanwhile', async () => {
    const journal = await open(new CrashingFileSystem());
    for (let n = 0; n < 30; n += 1) await journal.append([bytesOf(n, 90)]);
    const seen: number[] = [];
    for await (const records of journal.read(0)) {
      seen.push(...records.map(({ seq }) => seq));
      if (seen.length < 20) await journal.dropBelow(15);
      await journal.append([bytesOf(1, 90)]);
    }
    expect(seen.slice(-15).every((seq, at, all) => at === 0 || seq === (all[at - 1] ?? 0) + 1)).toBe(true);
    expect(seen).toContain(29);
  });

  test('waitFor resolves when the record is durable, at once when it already is, and when it is given up', async () => {
    const journal = await open(new CrashingFileSystem());
    const arrived = journal.waitFor(0).then(() => journal.head);
    await journal.append([bytesOf(0)]);
    expect(await arrived).toBe(1);
    await journal.waitFor(0);
    const abort = new AbortController();
    const given = journal.waitFor(7, abort.signal);
    abort.abort();
    await given;
    const closed = journal.waitFor(9);
    await journal.close();
    await closed;
  });

  test('drops whole segments below a record and keeps their numbers used', async () => {
    const disk = new CrashingFileSystem();
    const journal = await open(disk);
    for (let n = 0; n < 20; n += 1) await journal.append([bytesOf(n, 150)]);
    const before = journal.sizeBytes;
    await journal.dropBelow(10);
    expect(journal.tail).toBeGreaterThan(0);
    expect(journal.tail).toBeLessThanOrEqual(10);
    expect(journal.sizeBytes).toBeLessThan(before);
    await journal.close();
    const again = await open(disk);
    expect([again.tail, again.head]).toEqual([journal.tail, 20]);
    await again.dropBelow(20);
    expect(await again.append([bytesOf(20)])).toBe(20);
  });

  test('refuses with VRG_SPOOL_FULL at its limit, and goes on when segments were dropped', async () => {
    const journal = await open(new CrashingFileSystem(), { segmentBytes: 400, limitBytes: 4_000 });
    let accepted = 0;
    let refused = 'accepted';
    while (refused === 'accepted') {
      refused = await refusal(journal.append([bytesOf(accepted, 100)]));
      if (refused === 'accepted') accepted += 1;
    }
    expect(refused).toBe('VRG_SPOOL_FULL');
    expect(journal.sizeBytes).toBeLessThanOrEqual(4_000);
    await journal.dropBelow(journal.head);
    expect(await journal.append([bytesOf(1, 100)])).toBe(accepted);
  });

  test('a limit counts what waits, and one record of nearly the whole limit does not block it for ever', async () => {
    const journal = await open(new CrashingFileSystem(), { limitBytes: 4_000 });
    const answers = await Promise.all([1, 2, 3].map((n) => refusal(journal.append([bytesOf(n, 3_000)]))));
    expect(answers).toEqual(['accepted', 'VRG_SPOOL_FULL', 'VRG_SPOOL_FULL']);
    await journal.dropBelow(journal.head);
    expect(await refusal(journal.append([bytesOf(4, 3_000)]))).toBe('accepted');
  });

  test('refuses appends after it was closed; what waited is finished first', async () => {
    const journal = await open(new CrashingFileSystem());
    const waiting = journal.append([bytesOf(0)]);
    await journal.close();
    expect(await waiting).toBe(0);
    expect(await refusal(journal.append([bytesOf(1)]))).toBe('VRG_JOURNAL_CLOSED');
  });
});

describe('when the disk fails', () => {
  const started = async (failure: Failure) => {
    const disk = new CrashingFileSystem();
    const journal = await open(disk);
    await journal.append([bytesOf(0)]);
    disk.fail(failure);
    return { disk, journal };
  };

  test.each<Failure>([
    { operation: 'sync', nth: 1, code: 'EIO' },
    { operation: 'append', nth: 1, code: 'EIO' },
    { operation: 'sync', nth: 1, code: 'ENOSPC' },
  ])('a failed $operation ($code) ends acknowledging at once and for good', async (failure) => {
    const { disk, journal } = await started(failure);
    const answers = await Promise.all([refusal(journal.append([bytesOf(1)])), refusal(journal.append([bytesOf(2)]))]);
    const code = failure.code === 'ENOSPC' ? 'VRG_STORAGE_FULL' : 'VRG_JOURNAL_FAILED';
    expect(answers).toEqual([code, code]);
    expect(journal.failure).toBeDefined();
    disk.heal();
    expect(await refusal(journal.append([bytesOf(3)]))).toBe('VRG_JOURNAL_FAILED');
    expect([...(await readAll(journal)).keys()]).toEqual([0]);
    await journal.close();
  });

  test('a failed sync of the directory of a new segment ends acknowledging', async () => {
    const { journal } = await started({ operation: 'syncDirectory', nth: 1, code: 'EIO' });
    await journal.append([bytesOf(1, 600)]);
    expect(await refusal(journal.append([bytesOf(2)]))).toBe('VRG_JOURNAL_FAILED');
  });

  test.each(['append', 'open'] as const)(
    'a full disk at %s refuses, and the journal goes on when there is room',
    async (operation) => {
      const { disk, journal } = await started({ operation, nth: 1, code: 'ENOSPC', forEver: true });
      await journal.append([bytesOf(1, 600)]).catch(() => undefined);
      expect(await refusal(journal.append([bytesOf(2, 600)]))).toBe('VRG_STORAGE_FULL');
      expect(await refusal(journal.append([bytesOf(3, 600)]))).toBe('VRG_STORAGE_FULL');
      expect(journal.failure).toBeUndefined();
      disk.heal();
      const seq = await journal.append([bytesOf(4)]);
      await journal.close();
      const again = await open(disk);
      expect([...(await readAll(again)).keys()].at(-1)).toBe(seq);
    },
  );
});
