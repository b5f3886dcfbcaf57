/**
 * 53-bit hash of a SOP Instance UID (two 32-bit multiplicative lanes, mixed). A set of numbers takes a third of the memory of a set of UIDs;
 * among 10,000 instances of a series two collide with a chance of 1 in 180 million, and then one is not counted.
 */
export function instanceHash(uid: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < uid.length; i += 1) {
    const code = uid.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
