import { isAscii, isUtf8 } from 'node:buffer';
import { decodeIso2022, decoderOf } from './iso2022.ts';

/**
 * Labels of the WHATWG Encoding Standard for HL7 table 0211 and for what senders write instead, keyed by the name without its punctuation. `iso-2022-jp` stands
 * for all sets that are written with escape sequences; the parts of ISO 8859 are worked out in `charsetLabel`.
 */
const labels: Readonly<Record<string, string>> = {
  ASCII: 'ascii',
  USASCII: 'ascii',
  WINDOWS1252: 'windows-1252',
  CP1252: 'windows-1252',
  UNICODE: 'utf-8',
  UNICODEUTF8: 'utf-8',
  UTF8: 'utf-8',
  GB18030: 'gb18030',
  GB180302000: 'gb18030',
  KSX1001: 'euc-kr',
  BIG5: 'big5',
  JAS2020: 'iso-2022-jp',
  JISX0202: 'iso-2022-jp',
  ISOIR6: 'ascii',
  ISOIR13: 'shift_jis',
  ISOIR14: 'shift_jis',
  ISOIR58: 'gb18030',
  ISOIR87: 'iso-2022-jp',
  ISOIR100: 'iso-8859-1',
  ISOIR101: 'iso-8859-2',
  ISOIR109: 'iso-8859-3',
  ISOIR110: 'iso-8859-4',
  ISOIR126: 'iso-8859-7',
  ISOIR127: 'iso-8859-6',
  ISOIR138: 'iso-8859-8',
  ISOIR144: 'iso-8859-5',
  ISOIR148: 'iso-8859-9',
  ISOIR149: 'euc-kr',
  ISOIR159: 'iso-2022-jp',
  ISOIR192: 'utf-8',
  ISOIR203: 'iso-8859-15',
};

/** What was noticed about the characters of a message; the message is used all the same. */
export type CharsetWarning = 'charset-unknown' | 'charset-not-as-declared' | 'charset-guessed' | 'undecodable-bytes';

/** What MSH says about the characters of its message. */
export type DeclaredCharset = {
  /** MSH-18 with its repetitions. */
  readonly sets: readonly string[];
  /** MSH-20: `ISO 2022-1994`, `2.3`, or ''. */
  readonly scheme: string;
  /** The escape character of MSH-2, or ''. */
  readonly escape: string;
};

export type DecodedText = {
  readonly text: string;
  /** Label that decoded it; `iso-2022-jp` when the set changed, or may have changed, on the way. */
  readonly charset: string;
  /** Decodes further bytes of the same message, such as those of `\X..\`. */
  readonly decode: (bytes: Uint8Array) => string;
  readonly warnings: readonly CharsetWarning[];
};

/** The label of an MSH-18 name or of a configured default; `undefined` when it is not one that can be read here. Case and punctuation do not count. */
export function charsetLabel(name: string): string | undefined {
  const plain = name.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const part = /^(?:ISO)?8859([1-9]|10|13|14|15|16)$/.exec(plain)?.[1];
  return part === undefined ? labels[plain] : `iso-8859-${part}`;
}

/**
 * Decodes by MSH-18, else by the sender's default. Never fails: what cannot be decoded becomes U+FFFD and is flagged.
 *
 * - The first repetition of MSH-18 is the set that a message begins with; '' there, as Japanese senders write it, is ASCII. Further ones are reached by
 *   escape sequences (ISO 2022, or `\C..\` and `\M..\`), which are followed wherever they stand.
 * - ASCII with high bytes is a sender that says one thing and does another: its default is used, and it is flagged.
 * - Where nothing was declared that can be relied on, and the default is UTF-8 which these bytes are not, they are read as windows-1252: a guess that is
 *   flagged, and better than a name with holes.
 * - `iso-8859-1` reads as windows-1252, which is a superset for every printable character (WHATWG Encoding Standard).
 */
export function decodeText(bytes: Uint8Array, declared: DeclaredCharset, defaultCharset: string): DecodedText {
  const { sets, escape: mark } = declared;
  const fallback = charsetLabel(defaultCharset) ?? 'utf-8';
  const first = sets[0] ?? '';
  const wanted = first === '' ? fallback : charsetLabel(first);
  const warnings: CharsetWarning[] = wanted === undefined ? ['charset-unknown'] : [];
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let base = wanted ?? fallback;
  if (base === 'ascii' || base === 'iso-2022-jp') {
    // Neither says what a high byte means.
    base = fallback === 'ascii' || fallback === 'iso-2022-jp' ? 'utf-8' : fallback;
  }
  if (wanted === 'iso-2022-jp' || hasSwitch(view, declared)) {
    const decode = (more: Uint8Array): string => decodeIso2022(more, base, mark);
    return told({ text: decode(view), charset: 'iso-2022-jp', decode, warnings });
  }
  const isPlain = isAscii(view);
  if (wanted === 'ascii' && first !== '' && !isPlain) warnings.push('charset-not-as-declared');
  const isDeclared = first !== '' && wanted !== undefined && wanted !== 'ascii';
  if (base === 'utf-8' && !isDeclared && !isPlain && !isUtf8(view)) {
    base = 'windows-1252';
    warnings.push('charset-guessed');
  }
  const decode = (more: Uint8Array): string => decoderOf(base).decode(more);
  return told({ text: isPlain ? view.toString('latin1') : decode(view), charset: base, decode, warnings });
}

const told = (decoded: DecodedText): DecodedText =>
  decoded.text.includes('\uFFFD') ? { ...decoded, warnings: [...decoded.warnings, 'undecodable-bytes'] } : decoded;

/** Whether the character set may change on the way. */
const hasSwitch = (view: Buffer, { sets, scheme, escape: mark }: DeclaredCharset): boolean =>
  sets.length > 1 ||
  scheme !== '' ||
  view.includes(0x1b) ||
  (mark !== '' && (view.includes(`${mark}C2`) || view.includes(`${mark}M2`)));
