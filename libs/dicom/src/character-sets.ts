import { TextDecoder } from 'node:util';

/** A set of characters behind seven bits (G0) or eight (G1). `width` bytes make a character; `prefix` is what EUC writes before each (JIS X 0212). */
type GraphicSet = { readonly label: string; readonly width: 1 | 2; readonly prefix?: number };

/**
 * How the text of an object is decoded (PS3.3 §C.12.1.1.2): `label` decodes text without escape sequences; with them, `g1` is what bytes from 0x80 mean
 * until the first one (undefined: nothing by the standard) and after a delimiter. `escapes` is false where code extensions are not allowed.
 */
export type CharacterSet = { readonly label: string; readonly g1: GraphicSet | undefined; readonly escapes: boolean };

const single = (label: string): GraphicSet => ({ label, width: 1 });
const korean: GraphicSet = { label: 'euc-kr', width: 2 };
const chinese: GraphicSet = { label: 'gb18030', width: 2 };
const kanji: GraphicSet = { label: 'euc-jp', width: 2 };
const supplementaryKanji: GraphicSet = { label: 'euc-jp', width: 2, prefix: 0x8f };
const katakana = single('shift_jis');
const ascii = single('ascii');

const extensible = (g1: GraphicSet | undefined, label = g1?.label ?? 'iso-8859-1'): CharacterSet => ({
  label,
  g1,
  escapes: true,
});
const whole = (label: string): CharacterSet => ({ label, g1: undefined, escapes: false });

/** ASCII by the standard; real senders forget to declare Latin-1. */
const undeclared = extensible(undefined);
const first: ReadonlyMap<string, CharacterSet> = new Map([
  ['6', undeclared],
  ['100', extensible(single('iso-8859-1'))],
  ['101', extensible(single('iso-8859-2'))],
  ['109', extensible(single('iso-8859-3'))],
  ['110', extensible(single('iso-8859-4'))],
  ['144', extensible(single('iso-8859-5'))],
  ['127', extensible(single('iso-8859-6'))],
  ['126', extensible(single('iso-8859-7'))],
  ['138', extensible(single('iso-8859-8'))],
  ['148', extensible(single('iso-8859-9'))],
  ['203', extensible(single('iso-8859-15'))],
  ['166', extensible(single('windows-874'))],
  ['13', extensible(katakana)],
  // by the standard never the first value; senders write them alone
  ['149', extensible(korean)],
  ['58', extensible(chinese)],
  ['87', extensible(undefined)],
  ['159', extensible(undefined)],
  ['192', whole('utf-8')],
]);

/** Escape sequences without ESC (PS3.3 tables C.12-3 and C.12-4) to the set that they designate. */
const designations: ReadonlyMap<string, { readonly g0?: GraphicSet; readonly g1?: GraphicSet }> = new Map([
  ['(B', { g0: ascii }],
  ['(J', { g0: ascii }], // JIS X 0201 romaji: yen and overline stand where the backslash and the tilde are, and are read as those
  [')I', { g1: katakana }],
  ['-A', { g1: single('iso-8859-1') }],
  ['-B', { g1: single('iso-8859-2') }],
  ['-C', { g1: single('iso-8859-3') }],
  ['-D', { g1: single('iso-8859-4') }],
  ['-L', { g1: single('iso-8859-5') }],
  ['-G', { g1: single('iso-8859-6') }],
  ['-F', { g1: single('iso-8859-7') }],
  ['-H', { g1: single('iso-8859-8') }],
  ['-M', { g1: single('iso-8859-9') }],
  ['-b', { g1: single('iso-8859-15') }],
  ['-T', { g1: single('windows-874') }],
  ['$B', { g0: kanji }],
  ['$@', { g0: kanji }], // the edition of 1978
  ['$(D', { g0: supplementaryKanji }],
  ['$)C', { g1: korean }],
  ['$)A', { g1: chinese }],
]);

const escapeByte = 0x1b;
const decoders = new Map<string, TextDecoder>();
function decoder(label: string): TextDecoder {
  let known = decoders.get(label);
  if (known === undefined) {
    known = new TextDecoder(label);
    decoders.set(label, known);
  }
  return known;
}

/** The character set that the value of Specific Character Set (0008,0005) declares; Latin-1 when it is absent or unknown. */
export function characterSetOf(specificCharacterSet: string): CharacterSet {
  const end = specificCharacterSet.indexOf('\\');
  const name = (end === -1 ? specificCharacterSet : specificCharacterSet.slice(0, end)).trim().toUpperCase();
  if (name === '') return undeclared;
  if (name === 'GB18030' || name === 'GBK') return whole('gb18030');
  const number = /^ISO[ _-]?(?:2022[ _-])?IR[ _-](\d+)$/.exec(name)?.[1] ?? '6';
  return first.get(number) ?? undeclared;
}

/** What ends the designations of a value besides CR, LF, FF and TAB (PS3.5 §6.1.2.5.3): in names `^` and `=`, in all that may have several values the backslash. */
const delimitersOf = { text: '', values: '\\', names: '\\^=' } as const;
export type Delimiters = keyof typeof delimitersOf;

/** Decodes a value, or several with their backslashes. Bytes that mean nothing become U+FFFD: a strange name is shown, never a failure. */
export function decodeText(bytes: Buffer, set: CharacterSet, delimiters: Delimiters = 'values'): string {
  if (!set.escapes || !bytes.includes(escapeByte)) return decoder(set.label).decode(bytes);
  const extended = new ExtendedText(set, delimitersOf[delimiters]);
  for (let at = 0; at < bytes.length; ) at = extended.take(bytes, at);
  return extended.text;
}

/** Follows code extensions (ISO 2022 as far as PS3.5 §6.1.2.5 uses it): one run of bytes of one set after the other. */
class ExtendedText {
  text = '';
  readonly #set: CharacterSet;
  readonly #delimiters: string;
  #g0: GraphicSet = ascii;
  #g1: GraphicSet | undefined;

  constructor(set: CharacterSet, delimiters: string) {
    this.#set = set;
    this.#g1 = set.g1;
    this.#delimiters = delimiters;
  }

  /** Takes an escape sequence or a run from `at` on; gives where the next one starts. */
  take(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    if (byte === escapeByte) return this.#designate(bytes, at);
    if (byte >= 0x80) return this.#high(bytes, at);
    if (byte > 0x20 && byte < 0x7f && this.#g0.width === 2) return this.#double(bytes, at, this.#g0);
    return this.#low(bytes, at);
  }

  #designate(bytes: Buffer, at: number): number {
    let final = at + 1;
    while (final < bytes.length && (bytes[final] ?? 0) < 0x30 && (bytes[final] ?? 0) >= 0x20) final += 1;
    const { g0, g1 } = designations.get(bytes.toString('latin1', at + 1, final + 1)) ?? {};
    if (g0 !== undefined) this.#g0 = g0;
    if (g1 !== undefined) this.#g1 = g1;
    return final + 1;
  }

  /** One character of a single-byte G0. */
  #low(bytes: Buffer, at: number): number {
    const character = String.fromCharCode(bytes[at] ?? 0);
    this.text += character;
    if ('\r\n\f\t'.includes(character) || this.#delimiters.includes(character)) {
      this.#g0 = ascii;
      // with ASCII alone as the first set nothing is designated above 0x80: senders that forget to do so again are understood
      this.#g1 = this.#set.g1 ?? this.#g1;
    }
    return at + 1;
  }

  #double(bytes: Buffer, at: number, set: GraphicSet): number {
    const euc: number[] = [];
    let end = at;
    for (; end < bytes.length; end += 2) {
      const byte = bytes[end] ?? 0;
      if (byte <= 0x20 || byte >= 0x7f) break;
      if (set.prefix !== undefined) euc.push(set.prefix);
      euc.push(byte | 0x80, (bytes[end + 1] ?? 0) | 0x80);
    }
    this.text += decoder(set.label).decode(Buffer.from(euc));
    return Math.min(end, bytes.length);
  }

  #high(bytes: Buffer, at: number): number {
    const set = this.#g1 ?? single(this.#set.label);
    let end = at;
    while (end < bytes.length && (bytes[end] ?? 0) >= 0x80) end += 1;
    this.text += decoder(set.label).decode(bytes.subarray(at, end));
    return end;
  }
}

/** PS3.5 §6.2 PN as "Family, Given Middle": the alphabetic group, else the ideographic, else the phonetic. Prefix and suffix are left out. */
export function personName(text: string): string {
  for (const group of text.split('=')) {
    const [family = '', given = '', middle = ''] = group.split('^').map((part) => part.trim());
    const names = [given, middle].filter((part) => part !== '').join(' ');
    const name = [family, names].filter((part) => part !== '').join(', ');
    if (name !== '') return name;
  }
  return '';
}
