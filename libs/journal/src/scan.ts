import type { FileHandle } from './file-system.ts';
import { headerBytes, type Mark, markBytes, markMagic, readFrame } from './frame.ts';
import type { JournalRecord } from './journal.ts';

export type ScannedRecord = JournalRecord & { readonly offset: number };

/** Where a scan stands: the next frame is at `offset`, the next record has number `seq`. After a filler the number is open. */
export type ScanState = { readonly offset: number; readonly seq: number; readonly open: boolean };

export type ScanChunk = {
  readonly records: readonly ScannedRecord[];
  readonly state: ScanState;
  /** The frame at `state.offset` does not verify, or the file ends inside it. */
  readonly bad: boolean;
  /** Largest `durable` of the marks seen in this chunk. */
  readonly proven: number;
};

/**
 * Reads frames from `from` to `end` (bytes), a window at a time. Ends after the chunk whose `bad` is set, or at `end`.
 * Payloads are views on a window that is not used again.
 */
export async function* scanSegment(
  handle: FileHandle,
  from: ScanState,
  end: number,
  windowBytes = 256 * 1024,
): AsyncGenerator<ScanChunk> {
  let state = from;
  let want = windowBytes;
  while (state.offset < end) {
    const window = await readFully(handle, state.offset, Math.min(want, end - state.offset));
    const atEnd = state.offset + window.length >= end || window.length < Math.min(want, end - state.offset);
    const { chunk, need } = parseWindow(window, state, atEnd);
    want = Math.max(windowBytes, need);
    state = chunk.state;
    const bad = chunk.bad || window.length === 0;
    yield { ...chunk, bad };
    if (bad) return;
  }
}

function parseWindow(window: Buffer, from: ScanState, atEnd: boolean): { chunk: ScanChunk; need: number } {
  const records: ScannedRecord[] = [];
  let { offset, seq, open } = from;
  let at = 0;
  let proven = 0;
  let need = 0;
  let bad = false;
  while (at < window.length) {
    const frame = readFrame(window, at, offset);
    if (frame.kind === 'short') {
      bad = atEnd;
      need = frame.bytes;
      break;
    }
    if (frame.kind === 'record' && !open) {
      records.push({ seq, payload: frame.payload, offset });
      seq += 1;
    } else if (frame.kind === 'lost' && !open) {
      seq += 1;
    } else if (frame.kind === 'mark' && (open ? frame.mark.seq >= seq : frame.mark.seq === seq)) {
      seq = frame.mark.seq;
      open = false;
      proven = Math.max(proven, frame.mark.durable);
    } else if (frame.kind === 'filler') {
      open = true;
    } else {
      bad = true;
      break;
    }
    at += frame.bytes;
    offset += frame.bytes;
  }
  return { chunk: { records, state: { offset, seq, open }, bad, proven }, need };
}

/** The first valid mark at or after `from` that `accepts`, looked for byte by byte: after a bad frame no boundary is known. */
export async function findMark(
  handle: FileHandle,
  from: number,
  end: number,
  accepts: (mark: Mark) => boolean,
): Promise<Mark | undefined> {
  const windowBytes = 1024 * 1024;
  for (let start = from; start < end; start += windowBytes) {
    const window = await readFully(handle, start, Math.min(windowBytes + markBytes, end - start));
    for (let at = window.indexOf(markMagic); at >= 0; at = window.indexOf(markMagic, at + 1)) {
      const frameAt = at - headerBytes;
      if (frameAt < 0) continue;
      const frame = readFrame(window, frameAt, start + frameAt);
      if (frame.kind === 'mark' && accepts(frame.mark)) return frame.mark;
    }
  }
  return undefined;
}

/** `length` bytes from `offset`, fewer only where the file ends. */
export async function readFully(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = await handle.read(bytes.subarray(filled), offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}
