import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stowBody } from './media-type.ts';
import { MultipartReader } from './multipart-reader.ts';

type Part = { headers: Record<string, string>; body: string; ended: boolean };

function read(body: Buffer, boundary: string, chunk = body.length): { parts: Part[]; isComplete: boolean } {
  const reader = new MultipartReader(boundary);
  const parts: Part[] = [];
  for (let at = 0; at < body.length; at += Math.max(1, chunk)) {
    for (const event of reader.feed(body.subarray(at, at + Math.max(1, chunk)))) {
      const part = parts.at(-1);
      if (event.kind === 'begin') parts.push({ headers: Object.fromEntries(event.headers), body: '', ended: false });
      else if (part !== undefined && event.kind === 'bytes') part.body += event.bytes.toString('latin1');
      else if (part !== undefined) part.ended = true;
    }
  }
  return { parts, isComplete: reader.isComplete };
}
const bodyOf = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
const of = (text: string, chunk?: number) => read(bodyOf(text), 'b', chunk);

describe('a multipart body', () => {
  test('is read part by part', () => {
    const { parts, isComplete } = of(
      '--b\nContent-Type: application/dicom\nContent-ID: <1>\n\none\n--b\nContent-Type:\n application/dicom\n\ntwo\n--b--\n',
    );
    expect(isComplete).toBe(true);
    expect(parts).toEqual([
      { headers: { 'content-type': 'application/dicom', 'content-id': '<1>' }, body: 'one', ended: true },
      { headers: { 'content-type': 'application/dicom' }, body: 'two', ended: true },
    ]);
  });

  test.each([
    ['a preamble and an epilogue', 'This is a message.\n--b\n\none\n--b--\nand more --b', ['one']],
    ['no header fields', '--b\n\none\n--b--', ['one']],
    ['an empty part', '--b\nA: 1\n\n\n--b--', ['']],
    ['an empty part without its own line end', '--b\nA: 1\n\n--b--', ['']],
    ['white space after the boundary', '--b \t\n\none\n--b--', ['one']],
    ['what looks like a boundary', '--b\n\n\n--a\n-b\r--b\n--B\n--b--', ['\r\n--a\r\n-b\r--b\r\n--B']],
    ['no parts at all', '--b--', []],
  ])('with %s is read', (_what, text, bodies) => {
    for (const chunk of [1, 2, 3, 1000]) {
      const { parts, isComplete } = of(text, chunk);
      expect([isComplete, parts.map(({ body }) => body)]).toEqual([true, bodies]);
    }
  });

  test('that ends early has parts without an end, and is not complete', () => {
    expect(of('--b\n\none\n--b\n\ntw')).toEqual({
      isComplete: false,
      parts: [
        { headers: {}, body: 'one', ended: true },
        { headers: {}, body: 'tw', ended: false },
      ],
    });
  });

  test.each([
    ['a boundary that goes on', '--bb\n\none\n--b--'],
    ['a header field without a name', '--b\nnonsense\n\none\n--b--'],
    ['header fields without end', `--b\n${'a: b\n'.repeat(4000)}`],
    ['white space without end', `--b${' '.repeat(300)}`],
  ])('with %s is malformed', (_what, text) => {
    for (const chunk of [7, 100_000]) expect(() => of(text, chunk)).toThrow('malformed');
  });

  test('gives the same parts however it is cut, and every byte of them', () => {
    const boundaries = fc.stringMatching(/^[0-9A-Za-z'()+_,./:=?-]{1,40}$/);
    const bodies = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 4 });
    const nearMisses = fc.constantFrom('', '\r', '\r\n', '\r\n-', '\r\n--', '\r\n--x', '--');
    fc.assert(
      fc.property(boundaries, bodies, nearMisses, fc.integer({ min: 1, max: 300 }), (boundary, given, miss, chunk) => {
        const contents = given.map((bytes) => Buffer.concat([bytes, Buffer.from(miss)]));
        fc.pre(contents.every((bytes) => !bytes.includes(`\r\n--${boundary}`) && !bytes.includes(`--${boundary}`)));
        const body = Buffer.concat([
          ...contents.flatMap((bytes) => [Buffer.from(`\r\n--${boundary}\r\nX: 1\r\n\r\n`), bytes]),
          Buffer.from(`\r\n--${boundary}--`),
        ]);
        const { parts, isComplete } = read(body, boundary, chunk);
        expect(isComplete).toBe(true);
        expect(parts.map((part) => part.body)).toEqual(contents.map((bytes) => bytes.toString('latin1')));
      }),
      { numRuns: 400, seed: 5 },
    );
  });
});

describe('the media type of a request', () => {
  test.each([
    ['multipart/related; type="application/dicom"; boundary=abc', 'abc'],
    ['Multipart/Related;boundary="a b:c";TYPE=application/dicom', 'a b:c'],
    ['multipart/related; type="application/dicom;transfer-syntax=1.2"; boundary=abc', 'abc'],
    ['multipart/related; boundary=abc', 'abc'],
  ])('%s is taken', (text, boundary) => {
    expect(stowBody(text)?.boundary).toBe(boundary);
  });

  test.each([
    '',
    'application/dicom',
    'application/dicom+json',
    'multipart/related; type="application/dicom"',
    'multipart/related; type="application/dicom+json"; boundary=abc',
    'multipart/related; type="application/dicom+xml"; boundary=abc',
    'multipart/form-data; boundary=abc',
    `multipart/related; boundary=${'a'.repeat(71)}`,
    'multipart/related; boundary="a\\"b"',
  ])('%s is not', (text) => {
    expect(stowBody(text)).toBeUndefined();
  });
});
