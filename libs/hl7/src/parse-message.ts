import { err, ok, type Result, VoorrangError } from '@voorrang/kernel';
import { type DecodedText, decodeText } from './charset.ts';
import { type Hl7Header, messageStart, readHeader } from './header.ts';
import { Hl7Message, Hl7Segment } from './message.ts';
import { type Hl7Problem, locationText, problem } from './problem.ts';

/** A message that cannot be parsed. `header` is there when MSH could be read, so that the answer can name the control id. */
export type Unparseable = {
  readonly error: VoorrangError;
  readonly problem: Hl7Problem;
  readonly header: Hl7Header | null;
};

/** Longest list of segments that is taken; a real report has some hundreds. */
const maxSegments = 20_000;

/**
 * Parses one message. Segments end with CR, LF or CRLF; a byte order mark and empty lines before MSH are tolerated.
 * In a message whose segments end with CR, a lone LF that does not begin a segment is text of the field it stands in, and a line without a segment name
 * after OBX or NTE is text of that segment: real reports have both. Anywhere else such a line refuses the message, since an order could be lost in it.
 * `defaultCharset` (a name of HL7 table 0211) holds where MSH-18 is empty.
 */
export function parseMessage(
  bytes: Uint8Array,
  options: { readonly defaultCharset: string },
): Result<Hl7Message, Unparseable> {
  const header = readHeader(bytes);
  if (header === null) {
    const text = bytes.length === 0 ? 'the message is empty' : 'the message does not begin with a usable MSH segment';
    return err(unparseable(problem(100, { segment: 'MSH', occurrence: 1 }, text), null));
  }
  const { text, charset, decode, warnings } = decodeMessage(bytes, header, options.defaultCharset);
  const segments: Hl7Segment[] = [];
  const seen = new Map<string, number>();
  for (const line of linesOf(text, header.delimiters.field)) {
    const place = segments.length + 1;
    const name = line.slice(0, 3);
    const after = line[3];
    if (!segmentName.test(name) || (after !== undefined && after !== header.delimiters.field)) {
      return err(unparseable(problem(100, null, `line ${place} does not begin with a segment name`), header, place));
    }
    if (name === 'MSH' && place > 1) {
      const text = `a second MSH begins at line ${place}: one block holds one message`;
      return err(unparseable(problem(100, { segment: 'MSH', occurrence: 2 }, text), header, place));
    }
    if (place > maxSegments) {
      return err(unparseable(problem(100, null, `more than ${maxSegments} segments`), header, place));
    }
    const occurrence = (seen.get(name) ?? 0) + 1;
    seen.set(name, occurrence);
    segments.push(new Hl7Segment(name, occurrence, line, header.delimiters, decode));
  }
  return ok(new Hl7Message(header, segments, charset, warnings));
}

/** The text of a message, also of one that cannot be parsed, as far as its header (`null`: none) says how to read it. */
export function decodeMessage(bytes: Uint8Array, header: Hl7Header | null, defaultCharset: string): DecodedText {
  const { at, byteOrderMark } = messageStart(bytes);
  const { characterSets: told = [''], characterSetScheme: scheme = '', delimiters } = header ?? {};
  const sets = byteOrderMark && told.join('') === '' ? ['UNICODE UTF-8'] : told;
  return decodeText(bytes.subarray(at), { sets, scheme, escape: delimiters?.escape ?? '' }, defaultCharset);
}

/** Segments whose text senders break into lines that begin with no segment name: wrapped Base64, reports with bare line ends. */
const hasFreeText = /^(?:OBX|NTE)/;

function linesOf(text: string, separator: string): readonly string[] {
  // A loop, since /\0+$/ tries again at every zero of a message that is full of them.
  let end = text.length;
  while (text[end - 1] === '\0') end -= 1;
  const withoutEnd = text.slice(0, end);
  const lines: string[] = [];
  for (const line of withoutEnd.split(withoutEnd.includes('\r') ? lineEnds(separator) : '\n')) {
    if (line.trim() === '') continue;
    const last = lines.length - 1;
    const before = lines[last];
    const isText = before !== undefined && hasFreeText.test(before) && !line.slice(0, 4).includes(separator);
    if (isText && !segmentName.test(line)) lines[last] = `${before}\n${line}`;
    else lines.push(line);
  }
  return lines;
}

const segmentName = /^[A-Z][A-Z0-9]{2}$/;

const ends = new Map<string, RegExp>();

/** CR, CR LF, and an LF before what begins a segment: any other LF is text of the field that it stands in. */
function lineEnds(separator: string): RegExp {
  let known = ends.get(separator);
  if (known === undefined) {
    known = new RegExp(`\\r\\n|\\r|\\n(?=[A-Z][A-Z0-9]{2}(?:\\${separator}|\\r|\\n|$)|$)`);
    ends.set(separator, known);
  }
  return known;
}

const unparseable = (found: Hl7Problem, header: Hl7Header | null, line = 1): Unparseable => ({
  problem: found,
  header,
  error: new VoorrangError('VRG_HL7_UNPARSEABLE', found.text, {
    details: { line, location: locationText(found.location) },
  }),
});
