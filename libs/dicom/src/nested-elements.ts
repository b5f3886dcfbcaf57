import { vrOfTag } from './data-set/vr-of-tag.ts';
import type { Place } from './element-scan.ts';
import { longForms } from './long-forms.ts';
import type { Encoding } from './transfer-syntax.ts';

const undefinedLength = 0xffffffff;

/**
 * Where the wanted elements lie inside a sequence, at any depth, in the order of the bytes. The sequence is walked flat: heads of sequences and items are stepped into, values
 * jumped over. It ends at the first thing that cannot be followed: what was found before counts.
 */
export function nestedPlaces(
  bytes: Buffer,
  { start, length }: Place,
  encoding: Encoding,
  wanted: ReadonlySet<number>,
): [number, Place][] {
  const found: [number, Place][] = [];
  const end = Math.min(bytes.length, start + length);
  for (let at = start; at + 8 <= end; ) {
    const { tag, vr, size, length: valueLength } = headAt(bytes, at, end, encoding);
    at += size;
    if (tag >>> 16 === 0xfffe) continue;
    const isSequence = vr === 'SQ' || (vr !== 'UN' && valueLength === undefinedLength);
    if (!isSequence && at + valueLength > end) break;
    if (wanted.has(tag)) found.push([tag, { start: at, length: Math.min(valueLength, end - at) }]);
    if (!isSequence) at += valueLength;
  }
  return found;
}

type Head = { readonly tag: number; readonly vr: string; readonly size: number; readonly length: number };

function headAt(bytes: Buffer, at: number, end: number, { explicit, bigEndian }: Encoding): Head {
  const uint16 = (place: number): number => (bigEndian ? bytes.readUInt16BE(place) : bytes.readUInt16LE(place));
  const uint32 = (place: number): number => (bigEndian ? bytes.readUInt32BE(place) : bytes.readUInt32LE(place));
  const tag = uint16(at) * 0x10000 + uint16(at + 2);
  const vr = explicit ? bytes.toString('latin1', at + 4, at + 6) : '';
  if (tag >>> 16 === 0xfffe || !/^[A-Z]{2}$/.test(vr))
    return { tag, vr: vrOfTag(tag) ?? '', size: 8, length: uint32(at + 4) };
  if (!longForms.has(vr)) return { tag, vr, size: 8, length: uint16(at + 6) };
  return at + 12 > end
    ? { tag, vr: 'UN', size: 12, length: undefinedLength }
    : { tag, vr, size: 12, length: uint32(at + 8) };
}
