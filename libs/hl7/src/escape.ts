import type { Delimiters } from './header.ts';

/** How the bytes of a message are decoded. */
export type Decode = (bytes: Uint8Array) => string;

/**
 * Decodes escape sequences (HL7 v2.5.1 §2.7): delimiters, `\Xdd..\` as bytes of the message's character set, formatting commands as the line breaks and
 * spaces that they mean. Highlighting (`\H\`, `\N\`) is dropped, a sequence of another kind stays as it was sent.
 */
export function unescapeText(text: string, delimiters: Delimiters, decode: Decode): string {
  const mark = delimiters.escape;
  if (mark === '' || !text.includes(mark)) return text;
  let out = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf(mark, at);
    const close = open < 0 ? -1 : text.indexOf(mark, open + 1);
    if (close < 0) return out + text.slice(at);
    const body = text.slice(open + 1, close);
    const decoded = sequence(body, delimiters, decode) ?? (keptSequence.test(body) ? mark + body + mark : undefined);
    // A stray escape character: what looks like its end may open a real sequence.
    out += text.slice(at, open) + (decoded ?? text.slice(open, close));
    at = decoded === undefined ? close : close + 1;
  }
}

/** Local sequences, and switches to character sets that are not known: real sequences that are left as they are. */
const keptSequence = /^(Z\w*|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4,6})$/;

function sequence(body: string, delimiters: Delimiters, decode: Decode): string | undefined {
  switch (body) {
    case 'F':
      return delimiters.field;
    case 'S':
      return delimiters.component;
    case 'T':
      return delimiters.subcomponent;
    case 'R':
      return delimiters.repetition;
    case 'E':
      return delimiters.escape;
    case 'P':
      return delimiters.truncation || '#';
    case 'H':
    case 'N':
      return '';
  }
  if (body.startsWith('.')) return formatting(body);
  return /^X([0-9A-Fa-f]{2})+$/.test(body) ? decode(Buffer.from(body.slice(1), 'hex')) : undefined;
}

/** Formatting commands of FT fields (HL7 v2.5.1 §2.7.6) as plain text. */
function formatting(body: string): string | undefined {
  const [, command, count = '1'] = /^\.(br|ce|sp|sk|fi|nf|in|ti)[+-]?(\d{1,2})?$/.exec(body) ?? [];
  switch (command) {
    case 'br':
    case 'ce':
      return '\n';
    case 'sp':
      return '\n'.repeat(Number(count));
    case 'sk':
      return ' '.repeat(Number(count));
    case undefined:
      return undefined;
    default:
      return '';
  }
}

/** Makes text safe to stand in a field: delimiters escaped, line breaks as `\.br\`, other control characters dropped. */
export function escapeText(text: string, delimiters: Delimiters): string {
  const { escape: mark } = delimiters;
  const names = new Map([
    [delimiters.field, 'F'],
    [delimiters.component, 'S'],
    [delimiters.subcomponent, 'T'],
    [delimiters.repetition, 'R'],
    [mark, 'E'],
    [delimiters.truncation, 'P'],
  ]);
  let out = '';
  for (const character of text) {
    const name = names.get(character);
    if (name !== undefined) out += mark === '' ? ' ' : `${mark}${name}${mark}`;
    else if (character === '\r' || character === '\n') out += mark === '' ? ' ' : `${mark}.br${mark}`;
    else if (character >= ' ') out += character;
  }
  return out;
}
