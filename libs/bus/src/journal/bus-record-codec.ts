import type { Topic } from '@voorrang/contracts';
import { VoorrangError } from '@voorrang/kernel';
import type { BusRecord, OutgoingRecord } from '../ports.ts';

const version = 1;

/**
 * One bus record as a journal payload: version (uint8), topic (uint8 length), key (uint16 length), number of headers (uint8), each header's name and
 * value (uint16 lengths), the value to the end. Lengths are little endian and count UTF-8 bytes.
 */
export function encodeBusRecord({ topic, key, value, headers }: OutgoingRecord): Buffer {
  const texts = [key, ...Object.entries(headers ?? {}).flat()].map((text) => Buffer.from(text));
  const topicBytes = Buffer.from(topic);
  const long = texts.some(({ length }) => length > 0xffff);
  if (long || topicBytes.length > 0xff || texts.length > 0x1ff)
    throw new RangeError('a bus record has a key or headers that are too long');
  const size = 3 + topicBytes.length + texts.reduce((sum, { length }) => sum + 2 + length, 0) + value.length;
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeUInt8(version, 0);
  at = bytes.writeUInt8(topicBytes.length, at);
  at += topicBytes.copy(bytes, at);
  at = bytes.writeUInt8((texts.length - 1) / 2, at);
  for (const text of texts) {
    at = bytes.writeUInt16LE(text.length, at);
    at += text.copy(bytes, at);
  }
  bytes.set(value, at);
  return bytes;
}

/** The topic alone, without reading the rest. */
export function topicOfPayload(payload: Uint8Array): Topic {
  const bytes = asBuffer(payload);
  if (bytes[0] !== version)
    throw new VoorrangError('VRG_JOURNAL_CORRUPT', 'a record of the bus was written by a newer version', {
      details: { version: bytes[0] },
    });
  return bytes.toString('utf8', 2, 2 + (bytes[1] ?? 0)) as Topic;
}

/** The value is a view on the payload. */
export function decodeBusRecord(seq: number, payload: Uint8Array): BusRecord {
  const topic = topicOfPayload(payload);
  const bytes = asBuffer(payload);
  let at = 2 + (bytes[1] ?? 0);
  const headerCount = bytes[at] ?? 0;
  at += 1;
  const text = (): string => {
    const length = bytes.readUInt16LE(at);
    const found = bytes.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    return found;
  };
  const key = text();
  const headers: Record<string, string> = {};
  for (let n = 0; n < headerCount; n += 1) {
    const name = text();
    headers[name] = text();
  }
  return { topic, partition: 0, offset: seq, key, value: bytes.subarray(at), headers };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
