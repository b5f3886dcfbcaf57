import { type Delimiters, delimitersOf, messageStart } from './header.ts';
import { type Hl7Problem, problem } from './problem.ts';

/** FHS or BHS as bytes told it, one character per byte; `raw(n)` counts like MSH. */
export type EnvelopeHeader = { readonly delimiters: Delimiters; readonly raw: (field: number) => string };

export type BatchedMessage = {
  readonly bytes: Uint8Array;
  /** Which batch of the block, and which message of that batch; both from 1. */
  readonly batch: number;
  readonly place: number;
};

/** What one MLLP block held that was no single message (HL7 v2.5.1 §2.10.3): `[FHS] { [BHS] { message } [BTS] } [FTS]`. */
export type Batch = {
  /** FHS; `null` when there is none. */
  readonly file: EnvelopeHeader | null;
  /** One per batch, in order; `null` where a file holds messages without BHS. */
  readonly headers: readonly (EnvelopeHeader | null)[];
  readonly messages: readonly BatchedMessage[];
  /** Why nothing of it may be taken. The messages are those that were found all the same, for the answers and the quarantine. */
  readonly problem: Hl7Problem | null;
};

const defaultMaxMessages = 1_000;

/**
 * Takes a block that begins with FHS or BHS apart; `null` for any other, which is one message or none. Nothing is decoded: no byte of a longer character
 * is CR or LF in any set of table 0211.
 *
 * What says how much there should be must be right: a header needs its trailer, and BTS-1 and FTS-1, where they are valued, the true number. A batch that
 * was cut short or put together wrongly is refused as a whole, since nobody can tell which of its messages are whole. A batch that says that it is empty is.
 */
export function splitBatch(bytes: Uint8Array, maxMessages: number = defaultMaxMessages): Batch | null {
  const { at } = messageStart(bytes);
  const first = nameAt(bytes, at);
  if (first !== 'FHS' && first !== 'BHS') return null;
  const splitter = new Splitter(bytes, maxMessages);
  for (let from = at; from < bytes.length; ) {
    const to = nextLine(bytes, from);
    splitter.line(nameAt(bytes, from), from, to);
    from = to;
  }
  return splitter.end();
}

class Splitter {
  readonly #bytes: Uint8Array;
  readonly #maxMessages: number;
  readonly #headers: (EnvelopeHeader | null)[] = [];
  readonly #messages: BatchedMessage[] = [];
  #file: EnvelopeHeader | null = null;
  #problem: Hl7Problem | null = null;
  #isOver = false;
  /** Messages of the batch that is open; `undefined` between batches. */
  #open: number | undefined;
  #messageFrom: number | undefined;

  constructor(bytes: Uint8Array, maxMessages: number) {
    this.#bytes = bytes;
    this.#maxMessages = maxMessages;
  }

  line(name: EnvelopeName | undefined, from: number, to: number): void {
    const text = (): string => Buffer.from(this.#bytes.subarray(from, to)).toString('latin1').trim();
    if (name === undefined) {
      // It belongs to the message that is open.
      if (this.#messageFrom === undefined && text() !== '') this.#fault('MSH', 'a segment stands outside any message');
      return;
    }
    this.#endMessage(from);
    if (this.#isOver) this.#fault(name, 'something follows the end of the file');
    else if (name === 'FHS') this.#beginFile(text());
    else if (name === 'BHS') this.#beginBatch(text());
    else if (name === 'MSH') this.#beginMessage(from);
    else if (name === 'BTS') this.#endBatch(text());
    else this.#endFile(text());
  }

  end(): Batch {
    this.#endMessage(this.#bytes.length);
    this.#needBatchEnd();
    if (this.#file !== null && !this.#isOver) this.#fault('FTS', 'the file has no end');
    return { file: this.#file, headers: this.#headers, messages: this.#messages, problem: this.#problem };
  }

  #beginFile(text: string): void {
    if (this.#file !== null || this.#headers.length > 0) this.#fault('FHS', 'a second file begins in the block');
    else this.#file = this.#header('FHS', text);
  }

  #beginBatch(text: string): void {
    this.#needBatchEnd();
    this.#headers.push(this.#header('BHS', text));
    this.#open = 0;
  }

  #beginMessage(from: number): void {
    if (this.#open === undefined && this.#file === null) {
      this.#fault('MSH', 'a message stands outside the batch');
      return;
    }
    if (this.#messages.length === this.#maxMessages) {
      this.#fault('MSH', `more than ${this.#maxMessages} messages in a block`);
      return;
    }
    if (this.#open === undefined) this.#headers.push(null);
    this.#open = (this.#open ?? 0) + 1;
    this.#messageFrom = from;
  }

  #endMessage(at: number): void {
    if (this.#messageFrom === undefined) return;
    const bytes = this.#bytes.subarray(this.#messageFrom, at);
    this.#messages.push({ bytes, batch: this.#headers.length, place: this.#open ?? 1 });
    this.#messageFrom = undefined;
  }

  #endBatch(text: string): void {
    const count = this.#open;
    this.#open = undefined;
    if (count === undefined) this.#fault('BTS', 'a batch ends where none has begun');
    else this.#checkCount('BTS', text, count);
  }

  #endFile(text: string): void {
    this.#needBatchEnd();
    this.#isOver = true;
    if (this.#file === null) this.#fault('FTS', 'a file ends where none has begun');
    else this.#checkCount('FTS', text, this.#headers.length);
  }

  /** Messages that stand in a file without BHS need no BTS. */
  #needBatchEnd(): void {
    if (this.#open !== undefined && this.#headers.at(-1) !== null) this.#fault('BTS', 'the batch has no end');
    this.#open = undefined;
  }

  #checkCount(name: 'BTS' | 'FTS', text: string, count: number): void {
    const said = (text.split(text[3] ?? '|')[1] ?? '').trim();
    if (said === '') {
      if (count === 0) this.#fault('MSH', 'no message, and no count that says so');
    } else if (!/^\d{1,9}$/.test(said)) this.#fault(name, 'the count is no number', 102);
    else if (Number(said) !== count) this.#fault(name, 'the count is not what was sent');
  }

  #header(name: 'FHS' | 'BHS', text: string): EnvelopeHeader | null {
    // A header may end after its delimiters.
    const delimiters = delimitersOf(text + text.charAt(3));
    if (delimiters === null) {
      this.#fault(name, `the ${name} is not usable`);
      return null;
    }
    const parts = text.split(delimiters.field);
    return { delimiters, raw: (field) => (field === 1 ? delimiters.field : (parts[field - 1] ?? '')) };
  }

  /** The first fault is told: the others mostly follow from it. */
  #fault(segment: EnvelopeName, text: string, condition: 100 | 102 = 100): void {
    const batches = Math.max(1, this.#headers.length);
    const occurrence = { FHS: 1, BHS: batches, MSH: this.#messages.length + 1, BTS: batches, FTS: 1 }[segment];
    const isTrailer = segment === 'BTS' || segment === 'FTS';
    this.#problem ??= problem(condition, { segment, occurrence, ...(isTrailer ? { field: 1 } : {}) }, text);
  }
}

type EnvelopeName = 'FHS' | 'BHS' | 'MSH' | 'BTS' | 'FTS';
const names = new Map<string, EnvelopeName>((['FHS', 'BHS', 'MSH', 'BTS', 'FTS'] as const).map((name) => [name, name]));

/** Where the next line begins: after CR, LF, or both. */
function nextLine(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0x0d && bytes[at] !== 0x0a) at += 1;
  if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) at += 1;
  return Math.min(at + 1, bytes.length);
}

/** The name of an envelope segment or a message that begins here: three letters, and after them a delimiter or, for a trailer, nothing. */
function nameAt(bytes: Uint8Array, at: number): EnvelopeName | undefined {
  const name = names.get(String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0));
  const after = bytes[at + 3];
  if (after === undefined || after === 0x0d || after === 0x0a)
    return name === 'BTS' || name === 'FTS' ? name : undefined;
  return /[!-/:-@[-`{-~]/.test(String.fromCharCode(after)) ? name : undefined;
}
