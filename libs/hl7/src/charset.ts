/** Labels of the WHATWG Encoding Standard for HL7 table 0211, keyed by the name without its punctuation. */
const labels: Readonly<Record<string, string>> = {
  ASCII: 'ascii',
  USASCII: 'ascii',
  '88591': 'iso-8859-1',
  ISO88591: 'iso-8859-1',
  '88592': 'iso-8859-2',
  ISO88592: 'iso-8859-2',
  '88593': 'iso-8859-3',
  '88594': 'iso-8859-4',
  '88595': 'iso-8859-5',
  '88596': 'iso-8859-6',
  '88597': 'iso-8859-7',
  '88598': 'iso-8859-8',
  '88599': 'iso-8859-9',
  '885915': 'iso-8859-15',
  ISO885915: 'iso-8859-15',
  WINDOWS1252: 'windows-1252',
  CP1252: 'windows-1252',
  UNICODE: 'utf-8',
  UNICODEUTF8: 'utf-8',
  UTF8: 'utf-8',
  ISOIR87: 'iso-2022-jp',
  GB180302000: 'gb18030',
  KSX1001: 'euc-kr',
  BIG5: 'big5',
};

/** What was noticed about the characters of a message; the message is used all the same, its bytes are kept. */
export type CharsetWarning = 'charset-unknown' | 'charset-not-as-declared' | 'undecodable-bytes';

export type DecodedText = {
  readonly text: string;
  /** Label that decoded it. */
  readonly charset: string;
  readonly warnings: readonly CharsetWarning[];
};

/** The label of an MSH-18 name or of a configured default; `undefined` when it is not one of table 0211 that can be read here. */
export const charsetLabel = (name: string): string | undefined => labels[name.toUpperCase().replace(/[^A-Z0-9]/g, '')];

/**
 * Decodes by MSH-18, else by the sender's default. Never fails: what cannot be decoded becomes U+FFFD and is flagged.
 * ASCII with high bytes is a sender that says one thing and does another: its default is used, and it is flagged.
 * `iso-8859-1` reads as windows-1252, which is a superset for every printable character (WHATWG Encoding Standard).
 */
export function decodeText(bytes: Uint8Array, declared: string, defaultCharset: string): DecodedText {
  const fallback = charsetLabel(defaultCharset) ?? 'utf-8';
  const wanted = declared === '' ? fallback : charsetLabel(declared);
  const warnings: CharsetWarning[] = wanted === undefined ? ['charset-unknown'] : [];
  let charset = wanted ?? fallback;
  if (charset === 'ascii') {
    if (declared !== '' && hasHighByte(bytes)) warnings.push('charset-not-as-declared');
    charset = fallback === 'ascii' ? 'utf-8' : fallback;
  }
  const text = new TextDecoder(charset, { ignoreBOM: false }).decode(bytes);
  if (text.includes('\uFFFD')) warnings.push('undecodable-bytes');
  return { text, charset, warnings };
}

const hasHighByte = (bytes: Uint8Array): boolean => bytes.some((byte) => byte > 0x7f);
