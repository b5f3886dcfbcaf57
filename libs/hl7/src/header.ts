/** Delimiters of one message, from MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4). */
export type Delimiters = {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
};

/**
 * MSH as bytes told it, one character per byte (Latin-1 view), so that an acknowledgement can echo it exactly whatever the character set.
 * `raw(n)` is field MSH-n as sent, '' when absent; `raw(1)` is the field separator.
 */
export type Hl7Header = {
  readonly delimiters: Delimiters;
  readonly raw: (field: number) => string;
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly messageType: string;
  readonly triggerEvent: string;
  readonly controlId: string;
  readonly processingId: string;
  readonly version: string;
  /** MSH-15 and MSH-16; either one valued means enhanced mode. */
  readonly acceptAcknowledgement: string;
  readonly applicationAcknowledgement: string;
  readonly characterSet: string;
};

const headerLimit = 4096;

/** Where the message begins: after a byte order mark of UTF-8 and empty lines, which real files and senders have. */
export function messageStart(bytes: Uint8Array): { readonly at: number; readonly byteOrderMark: boolean } {
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let at = byteOrderMark ? 3 : 0;
  while (bytes[at] === 0x0d || bytes[at] === 0x0a || bytes[at] === 0x20) at += 1;
  return { at, byteOrderMark };
}

/** Reads MSH alone, also of a message that is otherwise unusable. `null`: there is no usable MSH segment. */
export function readHeader(bytes: Uint8Array): Hl7Header | null {
  const { at } = messageStart(bytes);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.max(0, Math.min(bytes.length - at, headerLimit)));
  const line = /^[^\r\n]*/.exec(view.toString('latin1'))?.[0] ?? '';
  const delimiters = delimitersOf(line);
  if (delimiters === null) return null;
  const parts = line.split(delimiters.field);
  const raw = (field: number): string => (field === 1 ? delimiters.field : (parts[field - 1] ?? ''));
  const first = (field: number, component = 1): string =>
    (raw(field).split(delimiters.repetition)[0] ?? '').split(delimiters.component)[component - 1]?.trim() ?? '';
  return {
    delimiters,
    raw,
    sendingApplication: first(3),
    sendingFacility: first(4),
    messageType: first(9, 1),
    triggerEvent: first(9, 2),
    controlId: raw(10),
    processingId: first(11),
    version: first(12),
    acceptAcknowledgement: first(15),
    applicationAcknowledgement: first(16),
    characterSet: first(18),
  };
}

function delimitersOf(line: string): Delimiters | null {
  const field = line[3];
  if (!line.startsWith('MSH') || field === undefined || /[A-Za-z0-9\s]/.test(field)) return null;
  const encoding = line.slice(4).split(field, 1)[0] ?? '';
  const [component, repetition, mark, subcomponent] = encoding;
  // Component and repetition are needed to read anything; HL7 v2.1 senders leave out the others.
  if (
    component === undefined ||
    repetition === undefined ||
    new Set([field, ...encoding]).size !== encoding.length + 1
  ) {
    return null;
  }
  if (line.slice(4 + encoding.length)[0] !== field) return null;
  return { field, component, repetition, escape: mark ?? '', subcomponent: subcomponent ?? '' };
}
