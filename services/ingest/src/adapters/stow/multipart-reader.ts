import { VoorrangError } from '@voorrang/kernel';

/** One part after the other (RFC 2046 §5.1): its header fields by lower-case name, its bytes in pieces, its end. */
export type PartEvent =
  | { readonly kind: 'begin'; readonly headers: ReadonlyMap<string, string> }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end' };

/** Header fields of one part, with their line ends. */
const longestHeaders = 16 << 10;
/** White space that may follow a boundary. */
const longestPadding = 256;

type State = 'preamble' | 'boundary' | 'headers' | 'body' | 'epilogue';

/**
 * Reads a multipart body while it arrives, however it is cut. Holds back no more than a boundary, or the header fields of a part: memory depends on neither the size nor the number
 * of the parts. Throws `VRG_HTTP_MALFORMED` for what is no multipart.
 */
export class MultipartReader {
  readonly #delimiter: Buffer;
  #state: State = 'preamble';
  /** What was held back of the last piece. The first boundary may stand at the very beginning: a line end is put before it. */
  #held: Buffer = Buffer.from('\r\n');

  /** Bytes before the body of a part: the line end of the empty line, which is that of the boundary too where a part is empty. */
  #lead = 0;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** Whether the closing boundary has been read. */
  get isComplete(): boolean {
    return this.#state === 'epilogue';
  }

  *feed(piece: Buffer): Generator<PartEvent> {
    if (this.#state === 'epilogue') return;
    let rest: Buffer | undefined = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#held = Buffer.alloc(0);
    while (rest !== undefined && rest.length > 0) rest = yield* this.#step(rest);
  }

  /** One step of the state at hand: gives what is left, `undefined` when more must come. */
  *#step(bytes: Buffer): Generator<PartEvent, Buffer | undefined> {
    switch (this.#state) {
      case 'preamble':
      case 'body':
        return yield* this.#toBoundary(bytes);
      case 'boundary':
        return this.#afterBoundary(bytes);
      case 'headers':
        return yield* this.#headers(bytes);
      case 'epilogue':
        return undefined;
    }
  }

  *#toBoundary(bytes: Buffer): Generator<PartEvent, Buffer | undefined> {
    const at = bytes.indexOf(this.#delimiter);
    const isBody = this.#state === 'body';
    const end = at === -1 ? this.#sureEnd(bytes) : at;
    if (isBody && end > this.#lead) yield { kind: 'bytes', bytes: bytes.subarray(this.#lead, end) };
    if (end >= this.#lead) this.#lead = 0;
    if (at === -1) return this.#hold(bytes.subarray(end));
    if (isBody) yield { kind: 'end' };
    this.#lead = 0;
    this.#state = 'boundary';
    return bytes.subarray(at + this.#delimiter.length);
  }

  /** Up to where no boundary can begin that goes on in the next piece. */
  #sureEnd(bytes: Buffer): number {
    const earliest = Math.max(0, bytes.length - this.#delimiter.length + 1);
    for (let at = bytes.indexOf(0x0d, earliest); at !== -1; at = bytes.indexOf(0x0d, at + 1)) {
      if (this.#delimiter.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return at;
    }
    return bytes.length;
  }

  #afterBoundary(bytes: Buffer): Buffer | undefined {
    if (bytes.length >= 2 && bytes.toString('latin1', 0, 2) === '--') {
      this.#state = 'epilogue';
      return undefined;
    }
    const lineEnd = bytes.indexOf('\r\n');
    const padding = bytes.toString('latin1', 0, lineEnd === -1 ? bytes.length : lineEnd);
    if (!/^-?[ \t]*\r?$/.test(padding) || padding.length > longestPadding) throw malformed('a boundary');
    if (lineEnd === -1) return this.#hold(bytes);
    this.#state = 'headers';
    // the line end stays: it ends the empty line of a part without header fields
    return bytes.subarray(lineEnd);
  }

  *#headers(bytes: Buffer): Generator<PartEvent, Buffer | undefined> {
    const end = bytes.indexOf('\r\n\r\n');
    if ((end === -1 ? bytes.length : end) > longestHeaders) throw malformed('the header fields of a part');
    if (end === -1) return this.#hold(bytes);
    yield { kind: 'begin', headers: fieldsOf(bytes.toString('latin1', 0, end)) };
    this.#state = 'body';
    this.#lead = 2;
    return bytes.subarray(end + 2);
  }

  #hold(bytes: Buffer): undefined {
    this.#held = Buffer.from(bytes);
  }
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('the header fields of a part');
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

export const malformed = (what: string): VoorrangError =>
  new VoorrangError('VRG_HTTP_MALFORMED', undefined, { details: { problems: [{ path: 'body', message: what }] } });
