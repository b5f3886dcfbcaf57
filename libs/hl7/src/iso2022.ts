import { TextDecoder } from 'node:util';

const decoders = new Map<string, TextDecoder>();

/** A decoder by its WHATWG label; making one costs more than decoding a message. */
export function decoderOf(label: string): TextDecoder {
  let known = decoders.get(label);
  if (known === undefined) {
    known = new TextDecoder(label);
    decoders.set(label, known);
  }
  return known;
}

/** What the bytes below 0x80 mean: themselves, half-width katakana, or pairs of JIS X 0208 or JIS X 0212. */
type LowSet = 'ascii' | 'katakana' | 'kanji' | 'kanji-supplement';

type Designation = { readonly low: LowSet } | { readonly high: string };

/**
 * Escape sequences (ISO 2022, without ESC) and what they switch to: HL7 v2.5.1 §2.7.2, PS3.3 §C.12.1.1.2. JIS X 0201 Romaji reads as ASCII: the two characters in which they differ are delimiters here.
 */
const designations: ReadonlyMap<string, Designation> = new Map<string, Designation>([
  ['(B', { low: 'ascii' }],
  ['(J', { low: 'ascii' }],
  ['(I', { low: 'katakana' }],
  ['$@', { low: 'kanji' }],
  ['$B', { low: 'kanji' }],
  ['$(@', { low: 'kanji' }],
  ['$(B', { low: 'kanji' }],
  ['$(D', { low: 'kanji-supplement' }],
  [')I', { high: 'shift_jis' }],
  ['$)A', { high: 'gb18030' }],
  ['$)C', { high: 'euc-kr' }],
  ['-A', { high: 'iso-8859-1' }],
  ['-B', { high: 'iso-8859-2' }],
  ['-C', { high: 'iso-8859-3' }],
  ['-D', { high: 'iso-8859-4' }],
  ['-F', { high: 'iso-8859-7' }],
  ['-G', { high: 'iso-8859-6' }],
  ['-H', { high: 'iso-8859-8' }],
  ['-L', { high: 'iso-8859-5' }],
  ['-M', { high: 'iso-8859-9' }],
  ['-b', { high: 'iso-8859-15' }],
]);

const ESC = 0x1b;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Decodes bytes in which escape sequences switch the character set: ISO 2022 itself (`ESC $ B`), and the same written as `\M2442\` and `\C2842\` with the
 * escape character of the message. Going back to ASCII and the end of a segment go back to `base`. An unknown sequence stays as it is.
 * The text is decoded before it is split, since the second byte of a pair may look like a delimiter.
 */
export function decodeIso2022(bytes: Uint8Array, base: string, mark: string): string {
  const markByte = mark === '' ? -1 : mark.charCodeAt(0);
  let low: LowSet = 'ascii';
  let high = base;
  let out = '';
  let from = 0;
  let at = 0;
  const flush = (): void => {
    if (at > from) out += decodeRun(bytes.subarray(from, at), low, high);
  };
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    const found = byte === ESC || byte === markByte ? sequenceAt(bytes, at, markByte) : undefined;
    if (found !== undefined) {
      flush();
      at += found.length;
      from = at;
      if ('high' in found.to) high = found.to.high;
      else {
        low = found.to.low;
        if (low === 'ascii') high = base;
      }
    } else if (byte === CR || byte === LF) {
      flush();
      from = at;
      low = 'ascii';
      high = base;
      at += 1;
    } else at += isPair(low, byte) ? 2 : 1;
  }
  at = Math.min(at, bytes.length);
  flush();
  return out;
}

const isPair = (low: LowSet, byte: number): boolean =>
  (low === 'kanji' || low === 'kanji-supplement') && byte > 0x20 && byte < 0x7f;

function sequenceAt(
  bytes: Uint8Array,
  at: number,
  markByte: number,
): { readonly to: Designation; readonly length: number } | undefined {
  if (bytes[at] === ESC) {
    for (let length = 2; length <= 3; length += 1) {
      const to = designations.get(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length)));
      if (to !== undefined) return { to, length: length + 1 };
    }
    return undefined;
  }
  const end = bytes.subarray(at + 1, at + 9).indexOf(markByte);
  const body = end < 0 ? '' : String.fromCharCode(...bytes.subarray(at + 1, at + 1 + end));
  const hex = /^(?:C(2[89D][0-9A-F]{2})|M(24(?:2[0-9A-F])?[0-9A-F]{2}))$/i.exec(body);
  const to = hex === null ? undefined : designations.get(Buffer.from(hex[1] ?? hex[2] ?? '', 'hex').toString('latin1'));
  return to === undefined ? undefined : { to, length: end + 2 };
}

function decodeRun(bytes: Uint8Array, low: LowSet, high: string): string {
  if (low === 'ascii') return decoderOf(high).decode(bytes);
  if (low === 'katakana') return decoderOf('shift_jis').decode(bytes.map((byte) => (byte > 0x20 ? byte | 0x80 : byte)));
  // EUC-JP writes the same pairs with the high bit, those of JIS X 0212 after 0x8F.
  const euc: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (!isPair(low, byte)) euc.push(byte);
    else {
      if (low === 'kanji-supplement') euc.push(0x8f);
      euc.push(byte | 0x80, (bytes[at + 1] ?? 0) | 0x80);
      at += 1;
    }
  }
  return decoderOf('euc-jp').decode(Uint8Array.from(euc));
}
