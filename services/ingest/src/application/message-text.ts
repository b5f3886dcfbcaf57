import { decodeMessage, readHeader } from '@voorrang/hl7';

/** A message as a person reads it: one segment a line, in the character set that it was read in. */
export function readableMessage(
  bytes: Uint8Array,
  defaultCharset: string,
): { readonly text: string; readonly charset: string } {
  const { text, charset } = decodeMessage(bytes, readHeader(bytes), defaultCharset);
  return { text: text.replace(/\r\n?/g, '\n').replace(/\n+$/, ''), charset };
}

const utf8 = 'UNICODE UTF-8';

/** A message that a person has corrected, as a sender would have sent it: segments end with CR, and MSH-18 says that it is UTF-8 now (MSH-20 nothing). */
export function correctedMessage(text: string): Uint8Array {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split(/[\r\n]/)
    .filter((line) => line.trim() !== '');
  const [first = '', ...rest] = lines;
  return Buffer.from([withCharset(first), ...rest].map((line) => `${line}\r`).join(''), 'utf8');
}

function withCharset(msh: string): string {
  const separator = msh[3];
  if (!msh.startsWith('MSH') || separator === undefined) return msh;
  const fields = msh.split(separator);
  // MSH-1 is the separator itself, so MSH-n is the part n - 1.
  while (fields.length < 18) fields.push('');
  fields[17] = utf8;
  if (fields.length > 19) fields[19] = '';
  return fields.join(separator);
}
