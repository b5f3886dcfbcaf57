import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsed } from '../test/helpers.ts';
import { charsetLabel } from './charset.ts';
import type { Hl7Message } from './message.ts';

/** One message with these bytes in PID-5 and OBX-5; `sets` is MSH-18, `scheme` MSH-20. */
function messageOf(name: string | Uint8Array, sets = '', scheme = '', defaultCharset = 'UNICODE UTF-8'): Hl7Message {
  const bytes = typeof name === 'string' ? Buffer.from(name, 'hex') : name;
  const header = `MSH|^~\\&|RIS|HOSP|V|H|20261123||ADT^A08|1|P|2.5||||||${sets}||${scheme}\r`;
  const [before, after] = ['PID|||1^^^H||', '^Jan|x\rOBX|1|TX|||'].map((part) => Buffer.from(part));
  return parsed(
    Buffer.concat([Buffer.from(header), before ?? bytes, bytes, after ?? bytes, bytes, Buffer.from('\r')]),
    defaultCharset,
  );
}
const read = (message: Hl7Message): string => message.get('PID-5');
const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

const dutch = "Renée van 't Óosterbroek-Ïsseldijk, coördinatrice";
const french = 'Zoë Lefèvre-Çelik, œdème cérébral à gauche';
const dutchLatin = '52656ee9652076616e20277420d36f7374657262726f656b2dcf7373656c64696a6b2c20636ff67264696e617472696365';

/** Bytes made by the codecs of Python. */
describe('names come out as they were written', () => {
  test.each([
    ['ASCII', hex('Jansen'), 'Jansen'],
    ['8859/1', dutchLatin, dutch],
    ['8859/15', dutchLatin, dutch],
    ['ISO-8859-15', dutchLatin, dutch],
    ['8859/1', '5a6feb204c6566e87672652dc7656c696b', 'Zoë Lefèvre-Çelik'],
    ['8859/15', '5a6feb204c6566e87672652dc7656c696b2c20bd64e86d652063e972e96272616c20e020676175636865', french],
    ['windows-1252', '5a6feb204c6566e87672652dc7656c696b2c209c64e86d652063e972e96272616c20e020676175636865', french],
    ['UNICODE UTF-8', Buffer.from(french).toString('hex'), french],
    ['UNICODE', Buffer.from(dutch).toString('hex'), dutch],
    ['8859/2', 'a3756b61737a20aff3b3e6', 'Łukasz Żółć'],
    ['8859/3', 'd575bf6570706920a1', 'Ġużeppi Ħ'],
    ['8859/4', 'd3ba6e69f1b9', 'Ķēniņš'],
    ['8859/5', 'b6e3daded2', 'Жуков'],
    ['8859/6', 'e5cde5cf', 'محمد'],
    ['8859/7', 'c3e5fef1e3e9eff2', 'Γεώργιος'],
    ['8859/8', 'e9e5f1f3', 'יוסף'],
    ['8859/9', 'c761f06c617220ddf064fd72', 'Çağlar İğdır'],
    ['GB 18030-2000', 'd5c5cffeb6ab95328236', '张晓东𠀀'],
    ['KS X 1001', 'c8abb1e6b5bf', '홍길동'],
    ['BIG-5', 'b3afa46aa4e5', '陳大文'],
    ['ISO IR6', hex('Yamada'), 'Yamada'],
    ['ISO IR14', 'd4cfc0de', 'ﾔﾏﾀﾞ'],
    ['ISO IR87', '1b24423b33454442404f3a1b2842', '山田太郎'],
    ['ISO IR159', '1b2428443021312c1b2842', '丂侚'],
    ['ASCII~ISO IR87', '1b24423b33454442404f3a1b284a', '山田太郎'],
    ['~ISO IR87~ISO IR159', '1b24423b3345441b2428443021312c1b2842', '山田丂侚'],
    ['8859/1~ISO IR87', 'e91b24423b3345441b2842e9', 'é山田é'],
    ['~KS X 1001', '1b242943c8abb1e6b5bf', '홍길동'],
    ['8859/1~8859/2', 'e91b2d42b31b2842e9', 'éłé'],
  ])('MSH-18 %s: %s', (sets, bytes, expected) => {
    const message = messageOf(bytes, sets, sets.includes('~') ? 'ISO 2022-1994' : '');
    expect([read(message), message.get('PID-5.2'), message.get('PID-6'), message.get('OBX-5')]).toEqual([
      expected,
      'Jan',
      'x',
      expected,
    ]);
    expect(message.warnings).toEqual([]);
  });

  test('a kanji of which one byte looks like a delimiter is no delimiter', () => {
    // Their second bytes are those of | \ ^ ~ and &.
    const kanji = '1b2442307c305c305e307e30261b2842';
    expect(read(messageOf(kanji, '~ISO IR87', 'ISO 2022-1994'))).toBe('淫移緯蔭愛');
  });

  test('an escape sequence that nothing announced is followed, and ends with its segment at the latest', () => {
    const message = messageOf('1b24423b334544', '');
    expect([read(message).slice(0, 2), message.get('OBX-5')]).toEqual(['山田', '山田']);
  });
});

describe('switches written with the escape character of the message', () => {
  const jis = (bytes: string): string => hex('\\M2442\\') + bytes + hex('\\C2842\\');
  test.each([
    ['kanji', jis('3b33454442404f3a'), '山田太郎'],
    ['supplementary kanji', `${hex('\\M242844\\')}3021312c${hex('\\C284A\\')}`, '丂侚'],
    ['half-width katakana', `${hex('\\C2949\\')}d4cfc0de${hex('\\C2842\\')}`, 'ﾔﾏﾀﾞ'],
    ['Latin-2', `${hex('\\C2D42\\')}a3b3${hex('\\C2842\\')}`, 'Łł'],
    ['Latin-5, with text around it', `${hex('a\\C2D4D\\')}dd${hex('\\C2842\\b')}`, 'aİb'],
    ['Greek and Cyrillic in turn', `${hex('\\C2D46\\')}c3${hex('\\C2D4C\\')}b6`, 'ΓЖ'],
  ])('%s', (_, bytes, expected) => {
    const message = messageOf(bytes, 'ASCII');
    expect([read(message), message.get('OBX-5')]).toEqual([expected, expected]);
  });

  test('one that is not known stays as it was sent', () => {
    expect(read(messageOf(hex('C:\\C9999\\x')))).toBe('C:\\C9999\\x');
  });

  test('bytes in \\X..\\ are of the character set of the message', () => {
    expect(read(messageOf(hex('\\XE9\\'), '8859/1'))).toBe('é');
    expect(read(messageOf(hex('\\XC3A9\\'), 'UNICODE UTF-8'))).toBe('é');
    expect(read(messageOf(hex('\\X1B24423B334544\\'), 'ISO IR87'))).toBe('山田');
  });
});

describe('a sender that does not say what it writes', () => {
  test('the default of the sender holds where MSH-18 is empty', () => {
    expect(read(messageOf('e9', '', '', '8859/1'))).toBe('é');
    expect(read(messageOf('1b24423b3345441b2842', '', '', 'ISO IR87'))).toBe('山田');
  });

  test.each([
    ['ASCII', '8859/1', dutchLatin, ['charset-not-as-declared']],
    ['ASCII', 'UNICODE UTF-8', dutchLatin, ['charset-not-as-declared', 'charset-guessed']],
    ['ASCII', 'UNICODE UTF-8', Buffer.from(dutch).toString('hex'), ['charset-not-as-declared']],
    ['', 'UNICODE UTF-8', dutchLatin, ['charset-guessed']],
    ['', 'ASCII', dutchLatin, ['charset-guessed']],
    ['KLINGON', 'UNICODE UTF-8', dutchLatin, ['charset-unknown', 'charset-guessed']],
    ['KLINGON', '8859/1', dutchLatin, ['charset-unknown']],
  ])('MSH-18 "%s" with a default of %s still gives the name, flagged', (sets, byDefault, bytes, warnings) => {
    const message = messageOf(bytes, sets, '', byDefault);
    expect([read(message), message.warnings]).toEqual([dutch, warnings]);
  });

  test('a declared UTF-8 is not second-guessed: what is none becomes U+FFFD, flagged', () => {
    const message = messageOf('4de9', 'UNICODE UTF-8', '', '8859/1');
    expect([read(message), message.warnings]).toEqual(['M\uFFFD', ['undecodable-bytes']]);
  });
});

test('no bytes in any character set make reading fail', () => {
  const sets = fc.constantFrom(
    '',
    'ASCII',
    '8859/2',
    'UNICODE UTF-8',
    '~ISO IR87~ISO IR159',
    'ISO IR14',
    'BIG-5',
    'GB 18030-2000',
    'X',
  );
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .constantFrom('\x1b$B', '\x1b$(D', '\x1b(B', '\x1b)I', '\\C2D41\\', '\\M2442\\', '\\X1B\\', '\\')
      .map((text) => Buffer.from(text, 'latin1')),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), sets, (pieces, declared) => {
      const bytes = Buffer.concat(pieces).map((byte) => (byte === 0x0d || byte === 0x0a ? 0x20 : byte));
      const message = messageOf(bytes, declared);
      for (const segment of message.segments) segment.text(5);
      expect(message.get('MSH-10')).toBe('1');
    }),
    { numRuns: 400, seed: 22 },
  );
});

test.each([
  ['8859/1', 'iso-8859-1'],
  ['ISO 8859-15', 'iso-8859-15'],
  ['iso_ir 100', 'iso-8859-1'],
  ['UTF-8', 'utf-8'],
  ['8859/12', undefined],
  ['CNS 11643-1992', undefined],
  ['UNICODE UTF-16', undefined],
])('%s is %s', (name, label) => {
  expect(charsetLabel(name)).toBe(label);
});
