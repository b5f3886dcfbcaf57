import type { Delimiters } from './header.ts';

/**
 * Decodes escape sequences (HL7 v2.5.1 §2.7): delimiters, `\Xdd..\` as bytes of the message's character set, `\.br\` as a line break.
 * Highlighting (`\H\`, `\N\`) is dropped. A sequence of another kind stays as it was sent.
 */
export function unescapeText(text: string, delimiters: Delimiters, charset: string): string {
  const mark = delimiters.escape;
  if (mark === '' || !text.includes(mark)) return text;
  let out = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf(mark, at);
    const close = open < 0 ? -1 : text.indexOf(mark, open + 1);
    if (close < 0) return out + text.slice(at);
    const body = text.slice(open + 1, close);
    const decoded = sequence(body, delimiters, charset) ?? (keptSequence.test(body) ? mark + body + mark : undefined);
    // A stray escape character: what looks like its end may open a real sequence.
    out += text.slice(at, open) + (decoded ?? text.slice(open, close));
    at = decoded === undefined ? close : close + 1;
  }
}

/** Formatting commands, local sequences and character set switches: real sequences that are left as they are. */
const keptSequence = /^(\.[a-z]{2}[+-]?\d*|Z\w*|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4,6})$/;

function sequence(body: string, delimiters: Delimiters, charset: string): string | undefined {
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
      return '#';
    case 'H':
    case 'N':
      return '';
    case '.br':
    case '.sp':
      return '\n';
  }
  if (!/^X([0-9A-Fa-f]{2})+$/.test(body)) return undefined;
  return new TextDecoder(charset).decode(Buffer.from(body.slice(1), 'hex'));
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
