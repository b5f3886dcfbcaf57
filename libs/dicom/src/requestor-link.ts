import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ClientTls, type DurationMs, tlsClientOptions, VoorrangError } from '@voorrang/kernel';
import { type CommandSet, readCommandSet } from './command-set.ts';
import { DataSetCollector } from './data-set-collector.ts';
import { pduTypes } from './pdu.ts';
import { type Fragment, PduReader, type PduSink } from './pdu-reader.ts';

export type LinkOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls?: ClientTls;
  /** Longest silence of the peer while something of it is awaited. */
  readonly timeoutMs?: DurationMs;
  /** Ends the connection at once. */
  readonly signal?: AbortSignal;
};

/** What a peer sent, in its order. */
export type Arrived =
  | { readonly kind: 'pdu'; readonly type: number; readonly body: Buffer }
  | { readonly kind: 'message'; readonly command: CommandSet; readonly dataSet: Buffer | null };

export const ownMaximumLength = 131_072;
const longestMessage = 4 << 20;
const readAhead = 64;

/** The requestor's end of a connection: takes messages apart, keeps few of them ahead of its user, and ends with a `VRG_DICOM_PEER_UNAVAILABLE`. */
export class RequestorLink implements PduSink {
  readonly done = false;
  readonly #socket: Socket;
  readonly #arrived: Arrived[] = [];
  #command: CommandSet | undefined;
  readonly #value = new DataSetCollector(longestMessage);
  #waiting: (() => void) | undefined;
  #failure: VoorrangError | undefined;

  constructor({ host, port, tls, timeoutMs = 30_000, signal }: LinkOptions) {
    this.#socket =
      tls === undefined
        ? connect({ host, port, noDelay: true, signal })
        : connectTls({
            ...tlsClientOptions(tls),
            host,
            port,
            ...(signal === undefined ? {} : { signal }),
          }).setNoDelay();
    const reader = new PduReader(this);
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        reader.feed(chunk);
      } catch (error) {
        this.#fail('the peer breaks the protocol', error);
      }
    });
    this.#socket.on('error', (error) => this.#fail('the connection failed', error));
    this.#socket.on('close', () => this.#fail('the connection was closed'));
    this.#socket.setTimeout(timeoutMs, () => this.#fail('the peer is silent'));
  }

  write(bytes: Buffer): void {
    if (this.#failure === undefined) this.#socket.write(bytes);
  }

  /** What is written before is still sent. */
  end(): void {
    this.#failure ??= unavailable('the association is over');
    this.#socket.destroySoon();
  }

  async next(): Promise<Arrived> {
    while (this.#arrived.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    const next = this.#arrived.shift();
    if (this.#arrived.length < readAhead) this.#socket.resume();
    if (next === undefined) throw unavailable('the connection was closed');
    return next;
  }

  announced(_type: number, length: number): void {
    if (length > ownMaximumLength) throw new RangeError('PDU too long');
  }

  pdu(type: number, body: Buffer): void {
    if (type === pduTypes.abort) this.#fail('the peer aborted the association');
    else this.#push({ kind: 'pdu', type, body });
  }

  fragment({ command, last }: Fragment, bytes: Buffer, start: number, end: number): void {
    if (command !== (this.#command === undefined)) throw new RangeError('command and data set out of turn');
    this.#value.append(bytes, start, end);
    if (!last) return;
    const { bytes: whole } = this.#value.finish();
    if (whole === null) throw new RangeError('message too long');
    if (this.#command === undefined) this.#endCommand(readCommandSet(whole));
    else {
      const answered = this.#command;
      this.#command = undefined;
      this.#push({ kind: 'message', command: answered, dataSet: whole });
    }
  }

  #endCommand(command: CommandSet): void {
    if (command.hasDataSet) this.#command = command;
    else this.#push({ kind: 'message', command, dataSet: null });
  }

  #push(arrived: Arrived): void {
    this.#arrived.push(arrived);
    if (this.#arrived.length >= readAhead) this.#socket.pause();
    this.#waiting?.();
  }

  #fail(what: string, cause?: unknown): void {
    this.#failure ??= unavailable(what, cause);
    this.#socket.destroy();
    this.#waiting?.();
  }
}

const unavailable = (what: string, cause?: unknown): VoorrangError =>
  new VoorrangError('VRG_DICOM_PEER_UNAVAILABLE', what, { cause });
