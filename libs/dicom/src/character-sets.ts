import { TextDecoder } from 'node:util';

/**
 * Text in the character sets of PS3.3 §C.12.1.1.2. Node's TextDecoder knows every encoding; the escape sequences of ISO 2022 are followed here.
 * Bytes that mean nothing become U+FFFD: a strange name is shown, never a failure.
 */
const singleSets: ReadonlyMap<string, string> = new Map([
  ['6', 'iso-8859-1'], // ASCII by the standard; real senders forget to declare Latin-1
  ['100', 'iso-8859-1'],
  ['101', 'iso-8859-2'],
  ['109', 'iso-8859-3'],
  ['110', 'iso-8859-4'],
  ['144', 'iso-8859-5'],
  ['127', 'iso-8859-6'],
  ['126', 'iso-8859-7'],
  ['138', 'iso-8859-8'],
  ['148', 'iso-8859-9'],
  ['203', 'iso-8859-15'],
  ['166', 'windows-874'],
  ['13', 'shift_jis'],
  ['192', 'utf-8'],
]);

/** Escape sequences (without ESC) to the decoder of the bytes that follow; `raise` sets the high bit, as EUC writes these sets. */
const escapes: ReadonlyMap<string, { readonly label: string; readonly raise?: 'two' | 'three' }> = new Map([
  ['(B', { label: 'first' }],
  ['(J', { label: 'shift_jis' }],
  [')I', { label: 'shift_jis' }],
  ['-A', { label: 'iso-8859-1' }],
  ['-B', { label: 'iso-8859-2' }],
  ['-C', { label: 'iso-8859-3' }],
  ['-D', { label: 'iso-8859-4' }],
  ['-L', { label: 'iso-8859-5' }],
  ['-G', { label: 'iso-8859-6' }],
  ['-F', { label: 'iso-8859-7' }],
  ['-H', { label: 'iso-8859-8' }],
  ['-M', { label: 'iso-8859-9' }],
  ['-b', { label: 'iso-8859-15' }],
  ['-T', { label: 'windows-874' }],
  ['$B', { label: 'euc-jp', raise: 'two' }],
  ['$(D', { label: 'euc-jp', raise: 'three' }],
  ['$)C', { label: 'euc-kr' }],
  ['$)A', { label: 'gb18030' }],
]);

const decoders = new Map<string, TextDecoder>();
function decoder(label: string): TextDecoder {
  let known = decoders.get(label);
  if (known === undefined) {
    known = new TextDecoder(label);
    decoders.set(label, known);
  }
  return known;
}

/** Encoding label of the first value of Specific Character Set (0008,0005); Latin-1 when it is absent or unknown. */
export function firstCharacterSet(specificCharacterSet: string): string {
  const first = (specificCharacterSet.split('\\')[0] ?? '').trim().toUpperCase();
  if (first === 'GB18030' || first === 'GBK') return 'gb18030';
  const number = /^ISO[ _](?:2022[ _])?IR[ _](\d+)$/.exec(first)?.[1] ?? '6';
  return singleSets.get(number) ?? 'iso-8859-1';
}

/** Decodes one value. `first` is what `firstCharacterSet` gave. */
export function decodeText(bytes: Buffer, first: string): string {
  if (!bytes.includes(0x1b)) return decoder(first).decode(bytes);
  let text = '';
  let active: { readonly label: string; readonly raise?: 'two' | 'three' } = { label: first };
  let at = 0;
  while (at < bytes.length) {
    const escapeAt = bytes.indexOf(0x1b, at);
    const end = escapeAt === -1 ? bytes.length : escapeAt;
    if (end > at) text += decodeRun(bytes.subarray(at, end), active);
    if (escapeAt === -1) break;
    let finalByte = escapeAt + 1;
    while (finalByte < bytes.length && (bytes[finalByte] ?? 0) < 0x30) finalByte += 1;
    const next = escapes.get(bytes.toString('latin1', escapeAt + 1, finalByte + 1)) ?? { label: first };
    active = next.label === 'first' ? { label: first } : next;
    at = finalByte + 1;
  }
  return text;
}

function decodeRun(
  bytes: Buffer,
  { label, raise }: { readonly label: string; readonly raise?: 'two' | 'three' },
): string {
  if (raise === undefined) return decoder(label).decode(bytes);
  const euc: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte <= 0x20) euc.push(byte);
    else {
      if (raise === 'three') euc.push(0x8f);
      euc.push(byte | 0x80, (bytes[at + 1] ?? 0) | 0x80);
      at += 1;
    }
  }
  return decoder(label).decode(Buffer.from(euc));
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
