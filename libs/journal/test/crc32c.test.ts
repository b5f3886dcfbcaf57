import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../src/index.ts';

describe('crc32c', () => {
  test.each([
    ['nine digits', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
  ])('agrees with RFC 3720 B.4: %s', (_, bytes, expected) => {
    expect(crc32c(0, bytes)).toBe(expected);
  });

  test('a text in two parts has the checksum of the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
        const cut = Math.min(at, bytes.length);
        expect(crc32c(crc32c(0, bytes, 0, cut), bytes, cut)).toBe(crc32c(0, bytes));
      }),
    );
  });
});
