const le = (group: number, element: number, vr: string, length: number): Buffer => {
  const long = /^(OB|OW|SQ|UN|UT)$/.test(vr);
  const head = Buffer.alloc(vr !== '' && long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(element, 2);
  if (vr === '') head.writeUInt32LE(length >>> 0, 4);
  else {
    head.write(vr, 4, 'latin1');
    if (long) head.writeUInt32LE(length >>> 0, 8);
    else head.writeUInt16LE(length & 0xffff, 6);
  }
  return head;
};
const text = (...all: readonly string[]): Buffer[] => all.map((one) => Buffer.from(one, 'latin1'));
const undefinedLength = 0xffffffff;

/** Elements, delimiters, character sets, escapes and numbers that readers have stumbled over. */
export const nastyDicom: readonly Buffer[] = [
  le(0xfffe, 0xe000, '', undefinedLength),
  le(0xfffe, 0xe000, '', 0),
  le(0xfffe, 0xe00d, '', 0),
  le(0xfffe, 0xe0dd, '', 0),
  le(0xfffe, 0xe00d, '', 0x7fffffff),
  le(0x0040, 0xa730, 'SQ', undefinedLength),
  le(0x0008, 0x1110, 'SQ', undefinedLength),
  le(0x0008, 0x1140, 'UN', undefinedLength),
  le(0x0009, 0x0010, 'UN', undefinedLength),
  le(0x7fe0, 0x0010, 'OW', undefinedLength),
  le(0x7fe0, 0x0010, 'OB', 0xfffffffe),
  le(0xfffc, 0xfffc, 'OB', 0),
  le(0x0008, 0x0005, 'CS', 10),
  le(0x0010, 0x0010, 'PN', 0xffff),
  le(0x0020, 0x000d, 'UI', 64),
  le(0x0010, 0x0020, '', 0x0000fffe),
  ...text(
    'ISO 2022 IR 87',
    '\\ISO 2022 IR 149',
    'ISO_IR 192',
    'GB18030',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'ISO_IR 999',
  ),
  ...text('\x1b$B', '\x1b$)C', '\x1b(J', '\x1b-F', '\x1b%G', '\x1b', '====', '^^^^^^', '\\'.repeat(64)),
  ...text(
    '\xff\xfe\xfd',
    '\xed\xa0\x80',
    '\0'.repeat(16),
    '99999999',
    '20261332',
    '1e999',
    '-0',
    'NaN',
    '1.2.840.10008.1.2.1.99',
  ),
  Buffer.alloc(3_000, le(0xfffe, 0xe000, '', undefinedLength)),
  Buffer.alloc(
    3_000,
    Buffer.concat([le(0x0040, 0xa730, 'SQ', undefinedLength), le(0xfffe, 0xe000, '', undefinedLength)]),
  ),
];

/** PDU heads, items and presentation data values. */
export const nastyPdus: readonly Buffer[] = [
  ...Array.from({ length: 9 }, (_, type) => Buffer.from([type, 0, 0, 0, 0, 4, 0, 0, 0, 0])),
  Buffer.from([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]),
  Buffer.from([7, 0, 0, 0, 0, 4, 0, 0, 2, 0]),
  Buffer.from([4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 3]),
  Buffer.from([4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 2]),
  Buffer.from([4, 0, 0, 0, 0, 0]),
  Buffer.from([4, 0, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from([1, 0, 0x7f, 0xff, 0xff, 0xff]),
  Buffer.from([0x20, 0, 0, 4, 1, 0, 0, 0]),
  Buffer.from([0x51, 0, 0, 4, 0, 0, 0, 7]),
  Buffer.from([0x51, 0, 0, 4, 0, 0, 0, 0]),
  Buffer.from([0x58, 0, 0, 10, 2, 1, 0, 2, 0x61, 0x62, 0, 2, 0x63, 0x64]),
  Buffer.from([0x54, 0, 0, 0]),
  Buffer.from([0, 0, 0, 8, 2, 0, 0, 0, 1, 1]),
  Buffer.from([0, 0, 0, 1, 2, 0, 0, 0, 0x30, 0]),
  Buffer.from([0, 0, 0, 1, 2, 0, 0, 0, 0x40, 1]),
  Buffer.from([0, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0, 0, 0, 9, 2, 0, 0, 0, 0, 0]),
];

/** Separators, escapes, dates, character sets and structures that parsers have stumbled over. */
export const nastyHl7: readonly Buffer[] = text(
  '\x0b',
  '\x1c',
  '\x1c\r',
  '\x0b\x1c\r',
  '\r\n',
  '\rMSH|^~\\&|A|B|C|D|20261123||ORM^O01|X|P|2.5\r',
  'FHS|^~\\&\r',
  'BHS|^~\\&\r',
  'BTS|1\r',
  'FTS|1\r',
  '\rMRG|P1^^^H^PI\r',
  '\rMRG|\r',
  '\rZDS|1.2.3^A^Application^DICOM\r',
  '\rTQ1|1||||||||S\r',
  '\rIPC|A1|R|1.2.3|S\r',
  '\rORC|CA|1|2\r',
  '\rOBR|1|1|2|A^B^L\r',
  '\\X\\',
  '\\XZZ\\',
  '\\X0D0A\\',
  '\\F\\',
  '\\.br\\',
  '\\M2442\\',
  '\\C2842\\',
  '\\',
  '""',
  '~'.repeat(400),
  '^'.repeat(400),
  '&'.repeat(400),
  '|'.repeat(400),
  '\0'.repeat(16),
  '\xef\xbb\xbf',
  '\xff\xfe',
  '\xed\xa0\x80',
  '99999999999999',
  '20261332256161',
  '20260229',
  '+9999',
  '-2500',
  '8859/1',
  '8859/15',
  'ISO IR87',
  'ISO IR159',
  'UNICODE UTF-8',
  'UNICODE UTF-16',
  'BIG-5',
  'ORM^O01',
  'ADT^A40',
  'ADT^A47',
  'ORU^R01',
  'OMI^O23',
  'AL',
  'NE',
  'ER',
  'SU',
);
