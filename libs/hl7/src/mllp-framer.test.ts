import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MllpFramer, mllpBlock } from './mllp-framer.ts';

const content = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const concat = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const one = content('MSH|^~\\&|A|B|||||ADT^A08|1|P|2.5\rPID|||1\r');
const two = content('MSH|^~\\&|A|B|||||ADT^A08|2|P|2.5\rPID|||2\r');
const three = content('MSH|^~\\&|A|B|||||ADT^A08|3|P|2.5\nPID|||Müller\n');

/** Feeds chunks and gives everything that came out. */
function frames(chunks: readonly Uint8Array[], framer = new MllpFramer()): string[] {
  return chunks.flatMap((chunk) => framer.push(chunk).messages.map((message) => Buffer.from(message).toString('utf8')));
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('MLLP framing', () => {
  const blockOne = mllpBlock(one);
  const umlaut = mllpBlock(three);
  const insideUmlaut = Buffer.from(umlaut).indexOf(0xc3) + 1;
  const cases: readonly (readonly [string, readonly Uint8Array[], readonly Uint8Array[]])[] = [
    ['a single message', [blockOne], [one]],
    ['two in turn', [blockOne, mllpBlock(two)], [one, two]],
    ['three in one chunk', [concat(blockOne, mllpBlock(two), umlaut)], [one, two, three]],
    ['split in the middle of a message', [blockOne.subarray(0, 9), blockOne.subarray(9)], [one]],
    ['split between FS and CR', [blockOne.subarray(0, -1), blockOne.subarray(-1)], [one]],
    ['split inside a UTF-8 character', [umlaut.subarray(0, insideUmlaut), umlaut.subarray(insideUmlaut)], [three]],
    [
      'one and a half, then the other half',
      [concat(blockOne, mllpBlock(two).subarray(0, 20)), mllpBlock(two).subarray(20)],
      [one, two],
    ],
    ['junk before VT', [concat(content('hello'), blockOne)], [one]],
    ['garbage, then a good message', [content('GET / HTTP/1.1\r\n\r\n'), blockOne], [one]],
    ['CR LF between blocks', [concat(blockOne, content('\r\n'), mllpBlock(two))], [one, two]],
    ['one byte at a time', [...blockOne].map((byte) => Uint8Array.of(byte)), [one]],
    ['a sender that starts again', [concat(blockOne.subarray(0, 12), mllpBlock(two))], [two]],
    [
      'an FS without CR is content',
      [concat(Uint8Array.of(0x0b), content('a\x1cb'), Uint8Array.of(0x1c, 0x0d))],
      [content('a\x1cb')],
    ],
    ['an empty block', [Uint8Array.of(0x0b, 0x1c, 0x0d)], [new Uint8Array(0)]],
  ];
  test.each(cases)('%s', (_, chunks, expected) => {
    expect(frames(chunks)).toEqual(expected.map(text));
  });

  test('a message of 5 MB in small chunks comes out whole, in linear time', () => {
    const big = Buffer.alloc(5 * 1024 * 1024, 0x41);
    const block = mllpBlock(big);
    const framer = new MllpFramer();
    let messages = 0;
    for (let at = 0; at < block.length; at += 1400) {
      for (const message of framer.push(block.subarray(at, at + 1400)).messages) {
        messages += 1;
        expect(Buffer.compare(message, big)).toBe(0);
      }
    }
    expect(messages).toBe(1);
  });

  test('skipped bytes and abandoned blocks are counted, line ends between blocks are not', () => {
    const framer = new MllpFramer();
    frames(
      [content('xyz\r\n'), mllpBlock(one), content('\r\n!'), mllpBlock(two).subarray(0, 5), mllpBlock(two)],
      framer,
    );
    expect({ skipped: framer.skippedBytes, abandoned: framer.abandonedBlocks }).toEqual({ skipped: 4, abandoned: 1 });
  });

  test('a message over the limit ends the stream with an error, what came before it is kept', () => {
    const framer = new MllpFramer({ maxMessageBytes: 100 });
    const { messages, error } = framer.push(concat(blockOne, Uint8Array.of(0x0b), Buffer.alloc(101, 0x41)));
    expect(messages).toHaveLength(1);
    expect(error?.code).toBe('VRG_HL7_UNPARSEABLE');
    expect(framer.push(blockOne).messages).toHaveLength(0);
  });

  test('a message of exactly the limit is taken', () => {
    expect(new MllpFramer({ maxMessageBytes: 3 }).push(mllpBlock(content('abc'))).messages).toHaveLength(1);
  });

  test('any chunking gives the same messages and the same count of junk', () => {
    const payload = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => bytes.filter((byte) => byte !== 0x0b && byte !== 0x1c));
    const stream = fc.array(fc.record({ junk: payload, message: payload }), { maxLength: 6 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(40), { maxLength: 80 }), (parts, sizes) => {
        const whole = concat(...parts.flatMap(({ junk, message }) => [junk, mllpBlock(message)]));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(whole.subarray(at, at + size));
          at += size;
        }
        chunks.push(whole.subarray(at));
        const framer = new MllpFramer();
        const got = chunks.flatMap((chunk) => framer.push(chunk).messages);
        expect(got.map((bytes) => [...bytes])).toEqual(parts.map(({ message }) => [...message]));
        const junk = parts.flatMap((part) => [...part.junk]).filter((byte) => byte !== 0x0d && byte !== 0x0a).length;
        expect(framer.skippedBytes).toBe(junk);
      }),
      { numRuns: 300 },
    );
  });

  test('any stream of good and bad blocks in any chunks is read as byte by byte', () => {
    const vt = Uint8Array.of(0x0b);
    const text = fc.stringMatching(/^[A-Z|^\r\n]{0,12}$/).map(content);
    const piece = fc.oneof(
      { weight: 4, arbitrary: text.map(mllpBlock) },
      { weight: 2, arbitrary: text },
      {
        weight: 1,
        arbitrary: fc.constantFrom(vt, Uint8Array.of(0x1c), Uint8Array.of(0x1c, 0x0d), Uint8Array.of(0x0d)),
      },
      { weight: 1, arbitrary: text.map((each) => concat(vt, each)) },
      { weight: 1, arbitrary: text.map((each) => concat(vt, each, Uint8Array.of(0x1c, 0x0a))) },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 9 })), (pieces, sizes) => {
        const whole = concat(...pieces);
        const expected = byteByByte(whole, 20);
        const framer = new MllpFramer({ maxMessageBytes: 20 });
        const got: string[] = [];
        let isFailed = false;
        let at = 0;
        for (const size of [...sizes, whole.length]) {
          const { messages, error } = framer.push(whole.subarray(at, at + size));
          got.push(...messages.map(text8));
          isFailed ||= error !== null;
          at += size;
        }
        expect({
          messages: got,
          isFailed,
          skipped: framer.skippedBytes,
          abandoned: framer.abandonedBlocks,
        }).toEqual(expected);
      }),
      { numRuns: 1_000, seed: 22 },
    );
  });
});

const text8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What the framer should say, as simply as it can be written. */
function byteByByte(whole: Uint8Array, limit: number) {
  const told = { messages: [] as string[], isFailed: false, skipped: 0, abandoned: 0 };
  let open: number[] | null = null;
  for (let at = 0; at < whole.length && !told.isFailed; at += 1) {
    const byte = whole[at] ?? 0;
    if (byte === 0x0b) {
      if (open !== null) told.abandoned += 1;
      open = [];
    } else if (open === null) {
      if (byte !== 0x0d && byte !== 0x0a) told.skipped += 1;
    } else if (byte === 0x1c && whole[at + 1] === 0x0d) {
      told.messages.push(text8(Uint8Array.from(open)));
      open = null;
      at += 1;
    } else if (byte !== 0x1c || at + 1 < whole.length) {
      open.push(byte);
      if (open.length > limit) told.isFailed = true;
    }
  }
  return told;
}
