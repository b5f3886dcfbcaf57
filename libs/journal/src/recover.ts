import { VoorrangError } from '@voorrang/kernel';
import type { FileSystem } from './file-system.ts';
import { findMark, type ScanState, scanSegment } from './scan.ts';
import { firstSeqOf, indexPlace, isSegmentName, newSegment, type Segment, segmentPath } from './segment.ts';

/** What one segment file holds. */
export type SegmentReport = {
  readonly segment: Segment;
  readonly fileBytes: number;
  readonly records: number;
  readonly end: ScanState;
  /** Bytes of the segment that a mark in it proves to have been synced. */
  readonly proven: number;
  readonly problem: SegmentProblem | undefined;
};

export type SegmentProblem =
  /** Does not verify, in the last segment, and nothing proves that it was ever acknowledged: cut at the next start. */
  | { readonly kind: 'torn-tail'; readonly offset: number }
  /** Does not verify although it was durable once. */
  | { readonly kind: 'corrupt'; readonly offset: number }
  /** The records between the segment before and this one are gone. */
  | { readonly kind: 'missing-before'; readonly offset: 0; readonly expectedSeq: number };

/** Reads and verifies every frame of every segment, oldest first. Changes nothing. */
export async function inspectSegments(directory: string, fileSystem: FileSystem): Promise<readonly SegmentReport[]> {
  const names = (await fileSystem.list(directory)).filter(isSegmentName).sort();
  const reports: SegmentReport[] = [];
  for (const [at, name] of names.entries()) {
    const before = reports.at(-1)?.end;
    reports.push(await inspect(directory, fileSystem, name, at === names.length - 1, before));
  }
  return reports;
}

async function inspect(
  directory: string,
  fileSystem: FileSystem,
  name: string,
  isLast: boolean,
  before: ScanState | undefined,
): Promise<SegmentReport> {
  const segment = newSegment(firstSeqOf(name));
  const handle = await fileSystem.open(segmentPath(directory, name), 'read');
  try {
    const fileBytes = await handle.size();
    let end: ScanState = { offset: 0, seq: segment.firstSeq, open: false };
    let records = 0;
    let bad = false;
    let proven = 0;
    for await (const chunk of scanSegment(handle, end, fileBytes, 1024 * 1024)) {
      for (const record of chunk.records) indexPlace(segment, record.seq, record.offset);
      records += chunk.records.length;
      proven = Math.max(proven, chunk.proven);
      ({ state: end, bad } = chunk);
    }
    segment.bytes = end.offset;
    const gap = before !== undefined && (before.open ? segment.firstSeq < before.seq : segment.firstSeq !== before.seq);
    let problem: SegmentProblem | undefined;
    if (gap) problem = { kind: 'missing-before', offset: 0, expectedSeq: before.seq };
    else if (bad) {
      const proof = isLast ? await findMark(handle, end.offset, fileBytes, (mark) => mark.durable > end.offset) : true;
      problem = { kind: proof === undefined ? 'torn-tail' : 'corrupt', offset: end.offset };
    }
    return { segment, fileBytes, records, end, proven, problem };
  } finally {
    await handle.close();
  }
}

/** The first problem that no start may pass over, as the error it is refused with. */
export function refusalOf(directory: string, reports: readonly SegmentReport[]): VoorrangError | undefined {
  for (const { segment, problem } of reports) {
    if (problem === undefined || problem.kind === 'torn-tail') continue;
    return new VoorrangError('VRG_JOURNAL_CORRUPT', undefined, {
      details: {
        segment: segment.name,
        offset: problem.offset,
        problem: problem.kind,
        repair: `npx voorrang journal check --repair ${directory}`,
      },
    });
  }
  return undefined;
}
