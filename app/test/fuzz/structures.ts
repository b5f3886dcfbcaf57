import type { Field, Structure } from './mutate.ts';

type Found = { readonly cuts: number[]; readonly fields: Field[] };
const found = (): Found => ({ cuts: [], fields: [] });

/** PDUs, their items and sub-items, presentation data values and the elements of command sets (PS3.8 §9.3, PS3.7 §6.3.1). */
export function structureOfPdus(bytes: Buffer): Structure {
  const into = found();
  for (let at = 0; at + 6 <= bytes.length; ) {
    const end = Math.min(bytes.length, at + 6 + bytes.readUInt32BE(at + 2));
    into.cuts.push(at);
    into.fields.push({ at, size: 1, bigEndian: true }, { at: at + 2, size: 4, bigEndian: true });
    const type = bytes[at];
    if ((type === 1 || type === 2) && end - at > 74) {
      into.fields.push({ at: at + 6, size: 2, bigEndian: true });
      items(bytes, at + 74, end, into, 0);
    } else if (type === 4) values(bytes, at + 6, end, into);
    at = end;
  }
  return into;
}

function items(bytes: Buffer, start: number, end: number, into: Found, depth: number): void {
  for (let at = start; at + 4 <= end; ) {
    const type = bytes[at];
    const next = Math.min(end, at + 4 + bytes.readUInt16BE(at + 2));
    into.cuts.push(at);
    into.fields.push({ at, size: 1, bigEndian: true }, { at: at + 2, size: 2, bigEndian: true });
    if (depth === 0 && (type === 0x20 || type === 0x21)) {
      if (at + 8 <= next) into.fields.push({ at: at + 4, size: 1, bigEndian: true });
      items(bytes, at + 8, next, into, 1);
    } else if (depth === 0 && type === 0x50) items(bytes, at + 4, next, into, 1);
    at = next;
  }
}

function values(bytes: Buffer, start: number, end: number, into: Found): void {
  for (let at = start; at + 6 <= end; ) {
    const next = Math.min(end, at + 4 + Math.max(2, bytes.readUInt32BE(at)));
    into.cuts.push(at);
    into.fields.push({ at, size: 4, bigEndian: true });
    into.fields.push({ at: at + 4, size: 1, bigEndian: true }, { at: at + 5, size: 1, bigEndian: true });
    if (((bytes[at + 5] ?? 0) & 1) === 1) elements(bytes, at + 6, next, into, { explicit: false, bigEndian: false }, 0);
    at = next;
  }
}

export type Encoding = { readonly explicit: boolean; readonly bigEndian: boolean };

/** Elements of a data set with their sequences and items (PS3.5 §7). */
export function structureOfDataSet(bytes: Buffer, encoding: Encoding): Structure {
  const into = found();
  elements(bytes, 0, bytes.length, into, encoding, 0);
  return into;
}

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const undefinedLength = 0xffffffff;
const mostElements = 2_000;

function elements(bytes: Buffer, start: number, end: number, into: Found, encoding: Encoding, depth: number): number {
  const { explicit, bigEndian } = encoding;
  const uint = (at: number, size: 2 | 4): number =>
    bigEndian ? bytes.readUIntBE(at, size) : bytes.readUIntLE(at, size);
  let at = start;
  while (at + 8 <= end && into.cuts.length < mostElements) {
    into.cuts.push(at);
    into.fields.push({ at, size: 2, bigEndian }, { at: at + 2, size: 2, bigEndian });
    const group = uint(at, 2);
    const vr = bytes.toString('latin1', at + 4, at + 6);
    const delimiter = group === 0xfffe;
    const short = explicit && !delimiter && !longVrs.has(vr);
    const head = explicit && !delimiter && !short ? 12 : 8;
    if (at + head > end) return end;
    if (explicit && !delimiter) into.fields.push({ at: at + 4, size: 2, bigEndian: true });
    const lengthAt = short ? at + 6 : at + head - 4;
    const size = short ? 2 : 4;
    into.fields.push({ at: lengthAt, size, bigEndian });
    const length = uint(lengthAt, size);
    at += head;
    if (delimiter && uint(at - 6, 2) !== 0xe000) {
      if (depth > 0) return at;
      continue;
    }
    const nested = delimiter || vr === 'SQ' || length === undefinedLength;
    const stop = length === undefinedLength ? end : Math.min(end, at + length);
    at = nested && depth < 32 ? elements(bytes, at, stop, into, encoding, depth + 1) : stop;
    if (length !== undefinedLength) at = stop;
  }
  return at;
}

/** Segments, fields and components; there are no lengths. The MLLP bytes count as separators. */
export function structureOfHl7(bytes: Buffer): Structure {
  const cuts = [0];
  for (let at = 0; at < bytes.length && cuts.length < 2_000; at += 1) {
    const byte = bytes[at] ?? 0;
    if (separators.has(byte)) cuts.push(at, at + 1);
  }
  return {
    cuts,
    fields: cuts.slice(0, 400).flatMap((at) => (at < bytes.length ? [{ at, size: 1, bigEndian: true }] : [])),
  };
}

const separators = new Set([...'|^~\\&\r\n'].map((character) => character.charCodeAt(0)).concat(0x0b, 0x1c));
