import type { FileHandle } from './file-system.ts';
import {
  encodeLost,
  encodeMark,
  frameBytes,
  frameKinds,
  headerBytes,
  markBytes,
  markMagic,
  readFrame,
} from './frame.ts';
import type { SegmentReport } from './recover.ts';
import { readFully } from './scan.ts';

/** What stands in place of a bad frame whose borders are known. `next`: number of the first record behind it. */
export type LoneFrame = { readonly bytes: number; readonly replacement: Buffer; readonly next: number };

/**
 * The bad frame at the end of what verifies, when its own length leads on to frames that do: then it alone is bad, and not the rest of its commit. That the length is
 * right is proven by numbers: the next good mark (or `followedBy`, the number of the next segment) must say that as many records lie before it as there are.
 */
export async function loneFrame(
  handle: FileHandle,
  { end, fileBytes, proven }: SegmentReport,
  followedBy: number | undefined,
): Promise<LoneFrame | undefined> {
  if (end.open) return undefined;
  const bad = await frameAt(handle, end.offset, fileBytes);
  if (bad === undefined) return undefined;
  let seq = bad.isMark ? end.seq : end.seq + 1;
  let offset = end.offset + bad.bytes;
  let verified = false;
  while (offset < fileBytes) {
    const one = await frameAt(handle, offset, fileBytes);
    if (one === undefined || one.frame.kind === 'filler') return undefined;
    verified ||= one.frame.kind !== 'bad';
    if (one.frame.kind === 'mark') return one.frame.mark.seq === seq ? replaced() : undefined;
    if (!one.isMark) seq += 1;
    offset += one.bytes;
  }
  return verified && seq === followedBy ? replaced() : undefined;

  function replaced(): LoneFrame | undefined {
    if (bad === undefined) return undefined;
    const mark = { offset: end.offset, durable: proven, seq: end.seq };
    return bad.isMark
      ? { bytes: bad.bytes, replacement: encodeMark(mark), next: end.seq }
      : { bytes: bad.bytes, replacement: encodeLost(bad.bytes), next: end.seq + 1 };
  }
}

/** A frame as far as it can be told, good or bad; nothing when its length leads out of the file. */
async function frameAt(handle: FileHandle, offset: number, fileBytes: number) {
  const head = await readFully(handle, offset, Math.min(headerBytes, fileBytes - offset));
  const bytes = frameBytes(head);
  if (bytes === undefined || offset + bytes > fileBytes) return undefined;
  const whole = await readFully(handle, offset, bytes);
  return { frame: readFrame(whole, 0, offset), bytes, isMark: looksLikeMark(whole) };
}

/** One flipped bit leaves either its kind or its magic. */
const looksLikeMark = (frame: Buffer): boolean =>
  frame.length === markBytes &&
  (frame.readUInt32LE(0) >>> 28 === frameKinds.mark || frame.indexOf(markMagic) === headerBytes);
