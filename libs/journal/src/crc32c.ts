/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), reflected polynomial 0x82F63B78. `node:zlib` has CRC-32 only, which is another polynomial.
 * Eight tables, so that eight bytes are folded in one step.
 */
const tables = makeTables();
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** Continues `crc` (0 to begin) over `bytes[start, end)`; `crc32c(crc32c(0, a), b)` is the checksum of a followed by b. */
export function crc32c(crc: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  let state = ~crc;
  let at = start;
  const folded = end - 7;
  for (; at < folded; at += 8) {
    const low =
      state ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    state =
      (t7[low & 0xff] as number) ^
      (t6[(low >>> 8) & 0xff] as number) ^
      (t5[(low >>> 16) & 0xff] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number);
  }
  for (; at < end; at += 1) state = (state >>> 8) ^ (t0[(state ^ (bytes[at] as number)) & 0xff] as number);
  return ~state >>> 0;
}

function makeTables(): Uint32Array[] {
  const made = Array.from({ length: 8 }, () => new Uint32Array(256));
  const first = made[0] as Uint32Array;
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    first[byte] = value;
  }
  for (let level = 1; level < 8; level += 1) {
    const below = made[level - 1] as Uint32Array;
    const table = made[level] as Uint32Array;
    for (let byte = 0; byte < 256; byte += 1) {
      const value = below[byte] as number;
      table[byte] = (value >>> 8) ^ (first[value & 0xff] as number);
    }
  }
  return made;
}
