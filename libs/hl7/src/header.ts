/** Delimiters of one message, from MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4); '' for those that the sender left out. */
export type Delimiters = {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
  /** Marks a text that was cut short (v2.7); '' before that. */
  readonly truncation: string;
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
  /** MSH-18, all repetitions; `['']` when it is empty. */
  readonly characterSets: readonly string[];
  /** MSH-20. */
  readonly characterSetScheme: string;
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
  const delimiters = line.startsWith('MSH') ? delimitersOf(line) : null;
  if (delimiters === null) return null;
  const parts = line.split(delimiters.field);
  const raw = (field: number): string => (field === 1 ? delimiters.field : (parts[field - 1] ?? ''));
  const first = (field: number, component = 1): string =>
    firstRepetition(raw(field), delimiters).split(delimiters.component)[component - 1]?.trim() ?? '';
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
    characterSets: repetitionsOf(raw(18), delimiters).map((name) => name.trim()),
    characterSetScheme: first(20),
  };
}

/** The number after `2.` of a version id: 5 for `2.5.1`. Unknown versions count as the newest. */
export function releaseOf(version: string): number {
  const release = /^2\.(\d)/.exec(version)?.[1];
  return release === undefined ? 9 : Number(release);
}

/** The repetitions of a field as sent; one '' for an empty field. */
export const repetitionsOf = (raw: string, { repetition }: Delimiters): readonly string[] =>
  repetition === '' || !raw.includes(repetition) ? [raw] : raw.split(repetition);

const firstRepetition = (raw: string, delimiters: Delimiters): string => repetitionsOf(raw, delimiters)[0] ?? '';

/** A delimiter is printable ASCII and neither letter nor digit, or nobody could tell it from what it separates. */
const usable = /^[!-/:-@[-`{-~]+$/;

/**
 * Delimiters of a header segment (MSH, BHS, FHS). The component separator is needed to read anything; old senders leave out those that they do not use.
 * `null`: unusable.
 */
export function delimitersOf(line: string): Delimiters | null {
  const field = line[3];
  if (field === undefined || !usable.test(field)) return null;
  const end = line.indexOf(field, 4);
  const sent = line.slice(4, end < 0 ? undefined : end);
  // `^~\\&`: a backslash that was escaped once too often on its way here.
  const encoding = sent.length === 5 && sent[2] === sent[3] ? sent.slice(0, 3) + sent.slice(4) : sent;
  if (end < 0 || encoding.length > 5 || !usable.test(encoding)) return null;
  if (new Set(encoding).size !== encoding.length) return null;
  const [component = '', repetition = '', mark = '', subcomponent = '', truncation = ''] = encoding;
  return { field, component, repetition, escape: mark, subcomponent, truncation };
}
