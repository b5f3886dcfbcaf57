import { ProtocolViolation, pduTypes } from './pdu.ts';

/** Part of a presentation data value as its bytes arrive (PS3.8 §9.3.5). `bytes[start..end)` is only valid during the call. */
export type Fragment = {
  readonly contextId: number;
  readonly command: boolean;
  /** The value is the last of its command or data set, and these are its last bytes. */
  readonly last: boolean;
};

export type PduSink = {
  /** Whether a PDU of this type and length may come now; throws `ProtocolViolation` when it may not. Called at its header. */
  announced(type: number, length: number): void;
  /** A whole PDU that is no P-DATA-TF. The body is a copy. */
  pdu(type: number, body: Buffer): void;
  fragment(fragment: Fragment, bytes: Buffer, start: number, end: number): void;
  /** Whether to stop reading: the rest of what was fed is thrown away. */
  readonly done: boolean;
};

type State = 'pdu-header' | 'body' | 'value-header' | 'value';

/**
 * Takes PDUs apart over any chunking without joining chunks: a P-DATA-TF is handed on slice by slice, every other PDU is collected up to the
 * length that the sink has agreed to.
 */
export class PduReader {
  readonly #sink: PduSink;
  #state: State = 'pdu-header';
  readonly #small = Buffer.alloc(6);
  #smallLength = 0;
  #type = 0;
  #body: Buffer = Buffer.alloc(0);
  #bodyLength = 0;
  /** Bytes of the P-DATA-TF that are still to come, and of the value in it. */
  #pduLeft = 0;
  #valueLeft = 0;
  #contextId = 0;
  #flags = 0;

  constructor(sink: PduSink) {
    this.#sink = sink;
  }

  get isBetweenPdus(): boolean {
    return this.#state === 'pdu-header' && this.#smallLength === 0;
  }

  /** Throws `ProtocolViolation` when the peer breaks PS3.8, and whatever the sink throws. */
  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#sink.done) {
      if (this.#state === 'value') at = this.#value(chunk, at);
      else if (this.#state === 'body') at = this.#collect(chunk, at);
      else at = this.#header(chunk, at);
    }
  }

  #header(chunk: Buffer, at: number): number {
    let bytes = chunk;
    let start = at;
    let next = at + 6;
    if (this.#smallLength > 0 || next > chunk.length) {
      const taken = chunk.copy(this.#small, this.#smallLength, at, Math.min(chunk.length, at + 6 - this.#smallLength));
      this.#smallLength += taken;
      next = at + taken;
      if (this.#smallLength < 6) return next;
      bytes = this.#small;
      start = 0;
      this.#smallLength = 0;
    }
    if (this.#state === 'pdu-header') this.#beginPdu(bytes.readUInt8(start), bytes.readUInt32BE(start + 2));
    else
      this.#beginValue(bytes.readUInt32BE(start), bytes.readUInt8(start + 4), bytes.readUInt8(start + 5), chunk, next);
    return next;
  }

  #beginPdu(type: number, length: number): void {
    this.#sink.announced(type, length);
    if (type === pduTypes.data) {
      this.#pduLeft = length;
      this.#nextValue();
      return;
    }
    this.#type = type;
    this.#body = Buffer.allocUnsafe(length);
    this.#bodyLength = 0;
    this.#state = 'body';
    if (length === 0) this.#endBody();
  }

  #collect(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#body, this.#bodyLength, at);
    this.#bodyLength += taken;
    if (this.#bodyLength === this.#body.length) this.#endBody();
    return at + taken;
  }

  #endBody(): void {
    const body = this.#body;
    this.#state = 'pdu-header';
    this.#body = Buffer.alloc(0);
    this.#sink.pdu(this.#type, body);
  }

  #nextValue(): void {
    if (this.#pduLeft === 0) this.#state = 'pdu-header';
    else if (this.#pduLeft < 6) throw new ProtocolViolation('invalidParameter', 'PDV item cut short');
    else this.#state = 'value-header';
  }

  #beginValue(length: number, contextId: number, flags: number, chunk: Buffer, at: number): void {
    if (length < 2 || length + 4 > this.#pduLeft) throw new ProtocolViolation('invalidParameter', 'PDV length');
    this.#pduLeft -= length + 4;
    this.#valueLeft = length - 2;
    this.#contextId = contextId;
    this.#flags = flags;
    this.#state = 'value';
    if (this.#valueLeft === 0) this.#value(chunk, at);
  }

  #value(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#valueLeft);
    this.#valueLeft -= end - at;
    const complete = this.#valueLeft === 0;
    // the state moves on before the sink is called: what it throws leaves the reader consistent
    if (complete) this.#nextValue();
    const command = (this.#flags & 1) === 1;
    const last = complete && (this.#flags & 2) === 2;
    this.#sink.fragment({ contextId: this.#contextId, command, last }, chunk, at, end);
    return end;
  }
}
