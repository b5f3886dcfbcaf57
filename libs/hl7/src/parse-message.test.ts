import { describe, expect, test } from '@jest/globals';
import { Hl7Message as OracleMessage } from '@medplum/core';
import fc from 'fast-check';
import { bytesOf, fixture, parsed } from '../test/helpers.ts';
import { parseMessage } from './parse-message.ts';

const header = (charset = '') =>
  `MSH|^~\\&|RIS|HOSP|V|H|20261123||ADT^A08|1|P|2.5${charset === '' ? '' : `||||||${charset}`}`;
const fails = (bytes: Uint8Array) => {
  const result = parseMessage(bytes, { defaultCharset: 'UNICODE UTF-8' });
  if (result.ok) throw new Error('parsed');
  return result.error;
};

describe('fields', () => {
  const message = parsed(
    bytesOf(
      header(),
      'PID|1||A1^^^X&1.2&ISO^MR~B2^^^Y||van Dijk&van&Dijk^Jan^P^^dr~Alias||19600102|M',
      'OBX|1|TX|||one',
      'OBX|2|TX|||two',
    ),
  );

  test.each([
    ['PID-3', 'A1'],
    ['PID-3.1', 'A1'],
    ['PID-3.4', 'X'],
    ['PID-3.4.2', '1.2'],
    ['PID-3(2).1', 'B2'],
    ['PID-3(2).4', 'Y'],
    ['PID-5.1.2', 'van'],
    ['PID-5(2)', 'Alias'],
    ['OBX[2]-5', 'two'],
    ['PID-40', ''],
    ['PID-3(9).7.3', ''],
    ['ZZZ-1', ''],
    ['MSH-1', '|'],
    ['MSH-2', '^~\\&'],
    ['MSH-9.2', 'A08'],
    ['MSH-12', '2.5'],
  ])('%s', (path, expected) => {
    expect(message.get(path)).toBe(expected);
  });

  test('the explicit null reads as nothing', () => {
    expect(parsed(bytesOf(header(), 'PID|||""')).get('PID-3')).toBe('');
  });

  test('other delimiters are taken from MSH', () => {
    const custom = parsed(fixture('cosyte/edge-custom-msh-delimiters.hl7'));
    expect([custom.get('MSH-9.2'), custom.get('PID-3.1'), custom.get('PID-3.4'), custom.get('PID-5.2')]).toEqual([
      'A01',
      'MRN-CMD-001',
      'HOSP',
      'John',
    ]);
  });

  test.each([
    [
      'the component separator alone, as v2.1 senders write it',
      'MSH|^|A|B|||||ADT^A08|1|P|2.1\rPID|||7^x~y&z',
      'x~y&z',
    ],
    ['without sub-components', 'MSH|^~\\|A|B|||||ADT^A08|1|P|2.2\rPID|||7^x&z~8', 'x&z'],
    ['with the truncation character of v2.7', 'MSH|^~\\&#|A|B|||||ADT^A08|1|P|2.7\rPID|||7^x#\\P\\', 'x##'],
    ['a backslash that was doubled on the way', 'MSH|^~\\\\&|A|B|||||ADT^A08|1|P|2.6\rPID|||7^a\\T\\b', 'a&b'],
    ['another truncation character', 'MSH|^~\\&!|A|B|||||ADT^A08|1|P|2.7\rPID|||7^x\\P\\', 'x!'],
  ])('delimiters: %s', (_, text, expected) => {
    const message = parsed(Buffer.from(text));
    expect([message.header.controlId, message.get('PID-3'), message.get('PID-3.2')]).toEqual(['1', '7', expected]);
    expect(message.first('PID')?.repeatsMoreThan(3, 1)).toBe(message.first('PID')?.repetitionCount(3) === 2);
  });

  test('formatting commands become the line breaks and spaces that they mean', () => {
    const report = parsed(bytesOf(header(), 'OBX|1|FT|||\\.in+4\\a\\.br\\b\\.sp2\\c\\.sk3\\d\\.ce\\e\\.xy\\'));
    expect(report.get('OBX-5')).toBe('a\nb\n\nc   d\ne\\.xy\\');
  });

  test('escapes are decoded: delimiters, hexadecimal in the character set of the message, line breaks', () => {
    const escaped = parsed(
      bytesOf(
        header('8859/1'),
        'PID|||1||A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F',
        'NTE|1||een\\.br\\twee\\X0D0A\\J\\XFC\\rgen \\H\\x\\N\\',
      ),
    );
    expect(escaped.get('PID-5')).toBe('A|B^C&D~E\\F');
    expect(escaped.get('NTE-3')).toBe('een\ntwee\r\nJürgen x');
  });

  test('an unknown escape sequence and a stray escape character stay as they are', () => {
    const odd = parsed(bytesOf(header(), 'NTE|1||C:\\temp \\T\\ \\Zab\\ \\C9999\\ end\\'));
    expect(odd.get('NTE-3')).toBe('C:\\temp & \\Zab\\ \\C9999\\ end\\');
  });
});

describe('line ends and byte order mark', () => {
  test.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CR LF', '\r\n'],
  ])('segments may end with %s', (_, end) => {
    const message = parsed(Buffer.from([header(), 'EVN|A08', 'PID|||7', ''].join(end)));
    expect(message.segments.map(({ name }) => name)).toEqual(['MSH', 'EVN', 'PID']);
    expect(message.get('PID-3')).toBe('7');
  });

  test('a lone LF inside a field of a message with CR ends is text', () => {
    const message = parsed(Buffer.from(`${header()}\rOBX|1|TX|||first line\nsecond line\rOBX|2|TX|||x\r`));
    expect([message.get('OBX-5'), message.get('OBX[2]-5')]).toEqual(['first line\nsecond line', 'x']);
  });

  test.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CR LF', '\r\n'],
  ])('text and Base64 that %s breaks inside OBX or NTE stay together', (_, end) => {
    const lines = ['OBX|1|ED|||^^PDF^Base64^JVBE', 'AB1+x/', 'ABC==', 'NTE|1||said', 'that PID was', 'OBX|2|TX|||x'];
    const message = parsed(Buffer.from([header(), ...lines, ''].join(end)));
    expect(message.segments.map(({ name }) => name)).toEqual(['MSH', 'OBX', 'NTE', 'OBX']);
    expect([message.get('OBX-5.5'), message.get('NTE-3')]).toEqual(['JVBE\nAB1+x/\nABC==', 'said\nthat PID was']);
  });

  test('anywhere else, or where it looks like a damaged segment, such a line refuses the message', () => {
    for (const lines of [
      ['PID|||1', 'and more'],
      ['OBX|1|TX|||x', 'OR|NW|1'],
      ['OBX|1|TX|||x', 'Orc|NW|1'],
      ['ORC|NW|1', 'OBX '],
    ]) {
      expect(fails(bytesOf(header(), ...lines)).problem.text).toBe('line 3 does not begin with a segment name');
    }
  });

  test('a message without an end, and one after a byte order mark', () => {
    expect(parsed(Buffer.from(`\uFEFF${header()}\rPID|||é`)).get('PID-3')).toBe('é');
    expect(parsed(fixture('ms-fhir-converter/ORM-O01-01.hl7')).get('MSH-9.1')).toBe('ORM');
  });
});

describe('character sets', () => {
  const withName = (charset: string, name: readonly number[]): Uint8Array =>
    Buffer.concat([Buffer.from(`${header(charset)}\rPID|||1||`), Buffer.from(name), Buffer.from('\r')]);

  test.each([
    ['8859/1', [0x4d, 0xfc, 0x6c], 'Mül'],
    ['8859/2', [0xb9, 0xbe], 'šž'],
    ['8859/15', [0xa4, 0xbd], '€œ'],
    ['UNICODE UTF-8', [0xc3, 0xbc], 'ü'],
    ['ASCII', [0x41], 'A'],
    ['8859/1~8859/2', [0xeb], 'ë'],
  ])('MSH-18 %s', (charset, name, expected) => {
    const message = parsed(withName(charset, name));
    expect(message.get('PID-5')).toBe(expected);
    expect(message.warnings).toEqual([]);
  });

  test('without MSH-18 the default of the sender holds', () => {
    expect(parsed(withName('', [0xe9]), '8859/1').get('PID-5')).toBe('é');
  });

  test('bytes that cannot be decoded are replaced and flagged', () => {
    const message = parsed(withName('UNICODE UTF-8', [0x4d, 0xfc, 0x6c]));
    expect(message.get('PID-5')).toBe('M\uFFFDl');
    expect(message.warnings).toEqual(['undecodable-bytes']);
  });

  test('ASCII with high bytes and an unknown name fall back to the default of the sender, flagged', () => {
    const ascii = parsed(withName('ASCII', [0xe9]), '8859/1');
    expect([ascii.get('PID-5'), ascii.warnings]).toEqual(['é', ['charset-not-as-declared']]);
    const unknown = parsed(withName('KLINGON', [0xe9]), '8859/1');
    expect([unknown.get('PID-5'), unknown.warnings]).toEqual(['é', ['charset-unknown']]);
  });
});

describe('what cannot be parsed', () => {
  test.each([
    ['nothing', ''],
    ['text', 'hello world'],
    ['a second segment first', 'PID|1||A\rPV1|1|I\r'],
    ['MSH alone', 'MSH'],
    ['MSH without encoding characters', 'MSH|'],
    ['MSH cut short', 'MSH|^~'],
    ['equal delimiters', 'MSH|^^\\&|A|B|C|D|1||ADT^A08|1|P|2.5\r'],
    ['a letter as separator', 'MSHA^~\\&A\r'],
    ['MSH-2 left out', 'MSH|RIS|HOSP|V\r'],
    ['more encoding characters than there are', 'MSH|^~\\&#!|RIS\r'],
    ['a separator beyond ASCII', 'MSH§^~\\&§RIS\r'],
    ['NUL bytes', '\0\0\0\0'],
  ])('%s has no header', (_, text) => {
    const failed = fails(Buffer.from(text));
    expect([failed.error.code, failed.header, failed.problem.condition]).toEqual(['VRG_HL7_UNPARSEABLE', null, 100]);
  });

  test('a bad segment name keeps the header and names the line', () => {
    const failed = fails(fixture('bad/rethink-invalid-segment-header-length.hl7'));
    expect([failed.header?.controlId, failed.error.details]).toEqual(['MSG001', { line: 2, location: 'message' }]);
  });

  test('two messages in one block are refused: one of them would go unanswered', () => {
    expect(fails(fixture('python-hl7/sample_batch1.hl7')).problem.condition).toBe(100);
    expect(fails(bytesOf(header(), 'PID|||1', header())).error.details).toEqual({ line: 3, location: 'MSH[2]' });
  });

  test('no bytes at all make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, withHeader) => {
        const all = withHeader ? Buffer.concat([Buffer.from('MSH|^~\\&|A|B|'), bytes]) : bytes;
        const result = parseMessage(all, { defaultCharset: 'ASCII' });
        if (result.ok) for (const segment of result.value.segments) segment.text(3, 2, 2, 1);
      }),
      { numRuns: 500 },
    );
  });
});

/** Medplum keeps escapes, counts sub-components from 0 and MSH like any segment, so the comparison is of raw parts outside MSH. */
test('field access agrees with @medplum/core on generated messages', () => {
  const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index + 1);
  const places = range(6).flatMap((f) =>
    [0, 1, 2].flatMap((r) => range(4).flatMap((c) => range(3).map((s) => [f, r, c, s] as const))),
  );
  const part = fc.stringMatching(/^[A-Za-z0-9 .é]{0,6}$/);
  const component = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('&'));
  const repetition = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('^'));
  const field = fc.array(repetition, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('~'));
  const segment = fc
    .tuple(fc.constantFrom('PID', 'PV1', 'OBR', 'ZDS'), fc.array(field, { minLength: 1, maxLength: 6 }))
    .map(([name, fields]) => [name, ...fields].join('|'));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const text = [header(), ...segments].join('\r');
      const ours = parsed(Buffer.from(text));
      const oracle = OracleMessage.parse(text);
      for (const [index, found] of ours.segments.entries()) {
        if (index === 0) continue;
        const other = oracle.segments[index];
        const mine: string[] = [];
        const theirs: string[] = [];
        for (const [f, r, c, s] of places) {
          // The oracle throws for a repetition that was not sent.
          if (r >= found.repetitionCount(f)) continue;
          mine.push(found.text(f, c, s, r));
          theirs.push(other?.getComponent(f, c, s - 1, r) ?? '');
        }
        expect(mine).toEqual(theirs);
      }
    }),
    { numRuns: 40 },
  );
});
