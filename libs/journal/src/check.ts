import { writeFileDurably } from './durable-file.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { encodeFiller, headerBytes } from './frame.ts';
import { loneFrame } from './lone-frame.ts';
import { inspectSegments, refusalOf, type SegmentReport } from './recover.ts';
import { findMark, readFully } from './scan.ts';
import { segmentPath } from './segment.ts';

/** What `checkJournal` found: counts and places, never content. */
export type JournalReport = {
  readonly directory: string;
  /** `torn-tail`: the next start cuts it, nothing that was acknowledged is in it. `corrupt`: the start is refused until it is repaired. */
  readonly verdict: 'sound' | 'torn-tail' | 'corrupt';
  readonly tail: number;
  readonly head: number;
  readonly segments: readonly {
    readonly name: string;
    readonly records: number;
    readonly bytes: number;
    readonly problem?: { readonly kind: string; readonly offset: number };
  }[];
};

/** Verifies every record of a journal that no process has open. Changes nothing. */
export async function checkJournal(directory: string, fileSystem: FileSystem): Promise<JournalReport> {
  const reports = await inspectSegments(directory, fileSystem);
  const torn = reports.some(({ problem }) => problem?.kind === 'torn-tail');
  return {
    directory,
    verdict: refusalOf(directory, reports) !== undefined ? 'corrupt' : torn ? 'torn-tail' : 'sound',
    tail: reports[0]?.segment.firstSeq ?? 0,
    head: reports.at(-1)?.end.seq ?? 0,
    segments: reports.map(({ segment, records, fileBytes, problem }) => ({
      name: segment.name,
      records,
      bytes: fileBytes,
      ...(problem === undefined ? {} : { problem: { kind: problem.kind, offset: problem.offset } }),
    })),
  };
}

export type JournalRepair = {
  /** Bytes taken out, each kept in a side file of the directory. `next` is the number of the first record after the gap, if known. */
  readonly cuts: readonly {
    readonly segment: string;
    readonly offset: number;
    readonly bytes: number;
    readonly sideFile: string;
    readonly firstLostSeq: number;
    readonly next?: number;
  }[];
  readonly after: JournalReport;
};

/**
 * Makes a refused journal open again. Only what does not verify is taken out: one frame where its borders are known, else everything up to the next commit that
 * verifies; it is kept in `<segment>.<offset>.cut`. Rejects with `VRG_JOURNAL_CORRUPT` when two segments claim the same numbers. A filler stands in its place, so every other record keeps its number. The lost numbers are reported: no one is told otherwise.
 */
export async function repairJournal(directory: string, fileSystem: FileSystem): Promise<JournalRepair> {
  const cuts: JournalRepair['cuts'][number][] = [];
  for (;;) {
    const reports = await inspectSegments(directory, fileSystem);
    const at = reports.findIndex(({ problem }) => problem !== undefined && problem.kind !== 'torn-tail');
    const report = reports[at];
    if (report === undefined) return { cuts, after: await checkJournal(directory, fileSystem) };
    const before = reports[at - 1];
    const refusal = refusalOf(directory, reports);
    // Two files that claim the same numbers: which is right cannot be told from them.
    if (refusal !== undefined && before !== undefined && report.segment.firstSeq < before.end.seq) throw refusal;
    cuts.push(
      report.problem?.kind === 'missing-before' && before !== undefined
        ? await bridge(directory, fileSystem, before, report)
        : await cut(directory, fileSystem, report, reports[at + 1]?.segment.firstSeq),
    );
  }
}

/** Replaces one bad frame of a segment, or all bytes up to its next good commit or its end. `followedBy`: first number of the next segment. */
async function cut(
  directory: string,
  fileSystem: FileSystem,
  report: SegmentReport,
  followedBy: number | undefined,
): Promise<JournalRepair['cuts'][number]> {
  const { segment, fileBytes, end } = report;
  const path = segmentPath(directory, segment.name);
  const handle = await fileSystem.open(path, 'read');
  try {
    const from = end.offset;
    const { to, next, replacement } =
      (await oneFrame(handle, report, followedBy)) ?? (await upToNextCommit(handle, report));
    const sideFile = `${segment.name}.${from}.cut`;
    await writeFileDurably(fileSystem, segmentPath(directory, sideFile), await readFully(handle, from, to - from));
    await rewrite(fileSystem, path, handle, from, replacement, to, fileBytes);
    return {
      segment: segment.name,
      offset: from,
      bytes: to - from,
      sideFile,
      firstLostSeq: end.seq,
      ...(next === undefined ? {} : { next }),
    };
  } finally {
    await handle.close();
  }
}

/** Where a cut ends, what follows and what stands in its place. */
type Cut = { readonly to: number; readonly next?: number; readonly replacement: Buffer };

async function oneFrame(
  handle: FileHandle,
  report: SegmentReport,
  followedBy: number | undefined,
): Promise<Cut | undefined> {
  const lone = await loneFrame(handle, report, followedBy);
  return lone === undefined ? undefined : { ...lone, to: report.end.offset + lone.bytes };
}

async function upToNextCommit(handle: FileHandle, { end, fileBytes }: SegmentReport): Promise<Cut> {
  const mark = await findMark(handle, end.offset + headerBytes, fileBytes, ({ seq }) => seq >= end.seq);
  const to = mark?.offset ?? fileBytes;
  const replacement = encodeFiller(Math.max(headerBytes, to - end.offset));
  return { to, replacement, ...(mark === undefined ? {} : { next: mark.seq }) };
}

/** Ends the segment before a gap with a filler, which lets the numbers jump. */
async function bridge(
  directory: string,
  fileSystem: FileSystem,
  before: SegmentReport,
  after: SegmentReport,
): Promise<JournalRepair['cuts'][number]> {
  const path = segmentPath(directory, before.segment.name);
  const handle = await fileSystem.open(path, 'append');
  try {
    await handle.append([encodeFiller(headerBytes)]);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return {
    segment: after.segment.name,
    offset: 0,
    bytes: 0,
    sideFile: '',
    firstLostSeq: before.end.seq,
    next: after.segment.firstSeq,
  };
}

/** Copies a segment beside with `filler` in place of `[from, to)`, synced, and renames it over the old one. */
async function rewrite(
  fileSystem: FileSystem,
  path: string,
  source: FileHandle,
  from: number,
  filler: Buffer,
  to: number,
  end: number,
): Promise<void> {
  const beside = `${path}.tmp`;
  const target = await fileSystem.open(beside, 'truncate');
  try {
    await copyRange(source, target, 0, from);
    await target.append([filler]);
    await copyRange(source, target, to, end);
    await target.sync();
  } finally {
    await target.close();
  }
  await fileSystem.rename(beside, path);
  await fileSystem.syncDirectory(path.slice(0, path.lastIndexOf('/')));
}

async function copyRange(source: FileHandle, target: FileHandle, from: number, to: number): Promise<void> {
  const step = 1024 * 1024;
  for (let at = from; at < to; at += step) await target.append([await readFully(source, at, Math.min(step, to - at))]);
}
