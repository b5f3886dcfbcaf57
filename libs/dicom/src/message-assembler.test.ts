import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, objectOf, storeRequest } from '../test/support.ts';
import type { ObjectToSend } from './dicom-client.ts';
import { MessageAssembler } from './message-assembler.ts';
import { PduReader } from './pdu-reader.ts';
import { encodingOf } from './transfer-syntax.ts';

const limits = { headerBytes: 256 << 10, commandBytes: 16 << 10, dataSetBytes: 1 << 20 };
const names = ['MR_small_implicit', 'MR_small_RLE', 'MR_small_bigendian', 'image_dfl'];
const objects = names.map((name) => objectOf(name));
const contexts = new Map(
  objects.map(({ sopClassUid, transferSyntax }, index) => {
    const encoding = encodingOf(transferSyntax);
    if (encoding === undefined) throw new Error(transferSyntax);
    return [index * 2 + 1, { abstractSyntax: sopClassUid, transferSyntax, encoding }];
  }),
);

function messagesOf(chunks: readonly Buffer[]): unknown[] {
  const messages: unknown[] = [];
  const assembler = new MessageAssembler(contexts, limits, (message) => messages.push(message));
  const reader = new PduReader({
    done: false,
    announced: () => {},
    pdu: () => {},
    fragment: (fragment, bytes, start, end) => assembler.fragment(fragment, bytes, start, end),
  });
  for (const chunk of chunks) reader.feed(chunk);
  return messages;
}

const stream = (maximumLength: number): Buffer =>
  Buffer.concat(objects.map((object, index) => storeRequest(index * 2 + 1, index + 1, object, maximumLength)));

test('any chunking of any fragmentation gives the same messages', () => {
  const whole = messagesOf([stream(131_072)]);
  expect(whole).toHaveLength(objects.length);
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.integer({ min: 8, max: 4096 }), (places, maximumLength) => {
      expect(messagesOf(cut(stream(maximumLength), places))).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});

test('byte by byte gives the same messages', () => {
  const bytes = stream(512);
  expect(messagesOf(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(messagesOf([bytes]));
});

/** Kept and total bytes of every object that a reader with one context delivers. */
function sizesOf(object: ObjectToSend, feed: (reader: PduReader) => void): { kept: number; total: number }[] {
  const encoding = { explicit: true, bigEndian: false, deflated: false };
  const context = { abstractSyntax: object.sopClassUid, transferSyntax: object.transferSyntax, encoding };
  const sizes: { kept: number; total: number }[] = [];
  const assembler = new MessageAssembler(new Map([[1, context]]), limits, ({ object: collected }) => {
    if (collected !== undefined) sizes.push({ kept: collected.keptBytes, total: collected.totalBytes });
  });
  feed(
    new PduReader({
      done: false,
      announced: () => {},
      pdu: () => {},
      fragment: (fragment, bytes, start, end) => assembler.fragment(fragment, bytes, start, end),
    }),
  );
  return sizes;
}

test('of an object of 64 MB only the header is kept', () => {
  const object = objectOf('CT_small');
  const before = process.memoryUsage().arrayBuffers;
  const sizes = sizesOf(object, (reader) => {
    reader.feed(storeRequest(1, 1, object, 131_072));
    const longer = storeRequest(1, 1, object, 131_072);
    // its last fragment is told to be followed by more: pixels of 64 MB, then an empty last fragment
    longer.writeUInt8(0, longer.length - object.dataSet.length - 1);
    reader.feed(longer);
    const pixels = Buffer.alloc(12 + 65_536);
    pixels.set([4, 0, 0x00, 0x01, 0x00, 0x06, 0x00, 0x01, 0x00, 0x02, 1, 0]);
    for (let sent = 0; sent < 64 << 20; sent += 65_536) reader.feed(pixels);
    reader.feed(Buffer.from([4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 2]));
  });
  expect(sizes[0]?.kept).toBeLessThan(8_192);
  expect(sizes[1]).toEqual({ kept: sizes[0]?.kept, total: object.dataSet.length + (64 << 20) });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 << 20);
});

test('an endless header is kept up to its limit only', () => {
  // one study description after the other, each of 1,016 bytes
  const description = Buffer.alloc(1_024, 'x');
  description.set([0x08, 0x00, 0x30, 0x10, 0x4c, 0x4f, 0xf8, 0x03]);
  const object = { ...objectOf('CT_small'), dataSet: Buffer.concat(Array<Buffer>(1_024).fill(description)) };
  const [size] = sizesOf(object, (reader) => reader.feed(storeRequest(1, 1, object, 131_072)));
  expect(size?.total).toBe(1 << 20);
  expect(size?.kept).toBeLessThanOrEqual(256 << 10);
});
