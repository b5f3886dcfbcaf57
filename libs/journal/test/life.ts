import type { FileSystem, Journal } from '../src/index.ts';
import { openJournal } from '../src/index.ts';
import type { CrashingFileSystem } from '../src/testing/index.ts';

export const directory = '/data/journal';

/** Small segments, so that a few records roll over several files. */
export const open = (
  fileSystem: FileSystem,
  more: { segmentBytes?: number; limitBytes?: number } = {},
): Promise<Journal> => openJournal({ directory, fileSystem, segmentBytes: 400, ...more });

export const bytesOf = (n: number, length = 20): Buffer => Buffer.alloc(length, `${n}|`);

export async function readAll(journal: Journal, from = 0): Promise<Map<number, string>> {
  const all = new Map<number, string>();
  for await (const records of journal.read(from))
    for (const { seq, payload } of records) all.set(seq, Buffer.from(payload).toString('hex'));
  return all;
}

/** What a process was told: number to content. */
export type Acknowledged = Map<number, string>;

/**
 * One life of a process on a disk: opens the journal, notes what a reader was shown, appends `groups` of records (the groups of one element run
 * at the same time), until done or until the power goes.
 */
export async function live(
  disk: CrashingFileSystem,
  wrap: (disk: FileSystem) => FileSystem,
  groups: readonly (readonly number[])[],
  powerOffAfter: number,
): Promise<{ readonly acknowledged: Acknowledged; readonly shown: Acknowledged }> {
  const acknowledged: Acknowledged = new Map();
  let shown: Acknowledged = new Map();
  const powerOff = disk.powerOffAfter(powerOffAfter);
  const work = async () => {
    const journal = await open(wrap(disk));
    shown = await readAll(journal);
    for (const sizes of groups) {
      await Promise.all(
        sizes.map(async (size, n) => {
          const payloads = [bytesOf(n, size), bytesOf(n + 1, (size * 7) % 90)];
          const first = await journal.append(payloads);
          for (const [at, payload] of payloads.entries()) acknowledged.set(first + at, payload.toString('hex'));
        }),
      );
    }
  };
  await Promise.race([work(), powerOff]);
  return { acknowledged, shown };
}

/** The law: a journal on what the crash left opens, and holds every one of these. Says what is wrong, if anything. */
export async function violation(disk: FileSystem, promised: Acknowledged): Promise<string | undefined> {
  let kept: Map<number, string>;
  try {
    const journal = await open(disk);
    kept = await readAll(journal);
    await journal.close();
  } catch (thrown) {
    return `does not open: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
  for (const [seq, content] of promised) {
    if (!kept.has(seq)) return `record ${seq} is gone`;
    if (kept.get(seq) !== content) return `record ${seq} has other content`;
  }
  return undefined;
}
