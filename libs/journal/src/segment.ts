import { posix } from 'node:path';

/** One file of the journal, named by the number of its first record. */
export type Segment = {
  readonly name: string;
  readonly firstSeq: number;
  /** Durable bytes: readers go no further. */
  bytes: number;
  /** Places where a scan may begin, about every 64 KB: a frame starts at `offset`, the next record has number `seq`. */
  readonly index: { readonly seq: number; readonly offset: number }[];
};

const indexEveryBytes = 64 * 1024;

export const segmentName = (firstSeq: number): string => `${String(firstSeq).padStart(20, '0')}.seg`;
export const isSegmentName = (name: string): boolean => /^[0-9]{20}\.seg$/.test(name);
export const firstSeqOf = (name: string): number => Number(name.slice(0, 20));
export const segmentPath = (directory: string, name: string): string => posix.join(directory, name);

export const newSegment = (firstSeq: number): Segment => ({
  name: segmentName(firstSeq),
  firstSeq,
  bytes: 0,
  index: [{ seq: firstSeq, offset: 0 }],
});

export function indexPlace(segment: Segment, seq: number, offset: number): void {
  const last = segment.index.at(-1);
  if (last === undefined || offset - last.offset >= indexEveryBytes) segment.index.push({ seq, offset });
}

/** The last indexed place at or before `seq`. */
export function placeOf(segment: Segment, seq: number): { readonly seq: number; readonly offset: number } {
  let low = 0;
  let high = segment.index.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((segment.index[middle]?.seq ?? 0) <= seq) low = middle;
    else high = middle - 1;
  }
  return segment.index[low] ?? { seq: segment.firstSeq, offset: 0 };
}
