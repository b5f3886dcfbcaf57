import { crc32c } from './crc32c.ts';

/**
 * What a segment file is made of. Every frame is: head (uint32 LE: kind in the upper 4 bits, payload length below), CRC32C (uint32 LE) over
 * head and payload, payload.
 *
 * - record (kind 0): one appended payload, so its head is its length.
 * - mark (kind 8): begins every commit. It says where it stands, which sequence number follows and how many bytes of this segment were synced
 *   when it was written. A valid mark therefore proves that everything below its `durable` was acknowledged, without a second fsync.
 * - filler (kind 9): left by an explicit repair in place of bytes that did not verify; the next mark or segment says which number follows.
 * - lost (kind 10): left by an explicit repair in place of exactly one record that did not verify; its number is used up.
 */
export const frameKinds = { record: 0, mark: 8, filler: 9, lost: 10 } as const;
const knownKinds: ReadonlySet<number> = new Set(Object.values(frameKinds));
export const headerBytes = 8;
export const maxPayloadBytes = 64 * 1024 * 1024;

export type Mark = { readonly offset: number; readonly durable: number; readonly seq: number };
export const markMagic = Buffer.from('VRGMARK1', 'latin1');
const markPayloadBytes = 32;
export const markBytes = headerBytes + markPayloadBytes;

/** Frames of one append, in one buffer. */
export function encodeRecords(payloads: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(payloads.reduce((sum, { length }) => sum + headerBytes + length, 0));
  let at = 0;
  for (const payload of payloads) {
    bytes.set(payload, at + headerBytes);
    sealFrame(bytes, at, frameKinds.record, payload.length);
    at += headerBytes + payload.length;
  }
  return bytes;
}

export function encodeMark(mark: Mark): Buffer {
  const bytes = Buffer.alloc(markBytes);
  markMagic.copy(bytes, headerBytes);
  writeUint64(bytes, headerBytes + 8, mark.offset);
  writeUint64(bytes, headerBytes + 16, mark.durable);
  writeUint64(bytes, headerBytes + 24, mark.seq);
  sealFrame(bytes, 0, frameKinds.mark, markPayloadBytes);
  return bytes;
}

/** A filler of `length` bytes in all, at least a header. */
export const encodeFiller = (length: number): Buffer => encodeEmpty(frameKinds.filler, length);
/** What stands for one lost record that took `length` bytes in all. */
export const encodeLost = (length: number): Buffer => encodeEmpty(frameKinds.lost, length);

function encodeEmpty(kind: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  sealFrame(bytes, 0, kind, length - headerBytes);
  return bytes;
}

function sealFrame(bytes: Buffer, at: number, kind: number, length: number): void {
  bytes.writeUInt32LE(((kind << 28) | length) >>> 0, at);
  bytes.writeUInt32LE(checksum(bytes, at, length), at + 4);
}

const checksum = (bytes: Uint8Array, at: number, length: number): number =>
  crc32c(crc32c(0, bytes, at, at + 4), bytes, at + headerBytes, at + headerBytes + length);

export type Frame =
  | { readonly kind: 'record'; readonly payload: Uint8Array; readonly bytes: number }
  | { readonly kind: 'mark'; readonly mark: Mark; readonly bytes: number }
  | { readonly kind: 'filler' | 'lost'; readonly bytes: number }
  /** More bytes are needed to tell: `bytes` in all from the start of the frame. */
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'bad' };

/** How long a frame says it is, in all; nothing when no frame is so long. */
export function frameBytes(header: Buffer): number | undefined {
  if (header.length < headerBytes) return undefined;
  const length = header.readUInt32LE(0) & 0x0fff_ffff;
  return length > maxPayloadBytes ? undefined : headerBytes + length;
}

/** The frame at `at`, whose place in the file is `offset`. Payloads are views on `bytes`. */
export function readFrame(bytes: Buffer, at: number, offset: number): Frame {
  if (bytes.length - at < headerBytes) return { kind: 'short', bytes: headerBytes };
  const head = bytes.readUInt32LE(at);
  const kind = head >>> 28;
  const length = head & 0x0fff_ffff;
  if (!knownKinds.has(kind) || length > maxPayloadBytes) return { kind: 'bad' };
  const total = headerBytes + length;
  if (bytes.length - at < total) return { kind: 'short', bytes: total };
  if (checksum(bytes, at, length) !== bytes.readUInt32LE(at + 4)) return { kind: 'bad' };
  if (kind === frameKinds.record)
    return { kind: 'record', payload: bytes.subarray(at + headerBytes, at + total), bytes: total };
  if (kind === frameKinds.filler) return { kind: 'filler', bytes: total };
  if (kind === frameKinds.lost) return { kind: 'lost', bytes: total };
  if (total !== markBytes || markMagic.compare(bytes, at + headerBytes, at + headerBytes + 8) !== 0)
    return { kind: 'bad' };
  const mark = {
    offset: readUint64(bytes, at + headerBytes + 8),
    durable: readUint64(bytes, at + headerBytes + 16),
    seq: readUint64(bytes, at + headerBytes + 24),
  };
  return mark.offset === offset ? { kind: 'mark', mark, bytes: total } : { kind: 'bad' };
}

function writeUint64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

const readUint64 = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
