import { type CommandSet, commands, readCommandSet } from './command-set.ts';
import { type CollectedDataSet, DataSetCollector } from './data-set-collector.ts';
import { type CollectedObject, HeaderCollector } from './header-collector.ts';
import { ProtocolViolation } from './pdu.ts';
import type { Fragment } from './pdu-reader.ts';
import type { Encoding } from './transfer-syntax.ts';

/** A presentation context that was accepted. */
export type AcceptedContext = {
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
  readonly encoding: Encoding;
};

/** A whole DIMSE message: with `object` when a C-STORE brought one, with `dataSet` when any other request brought a data set. */
export type Message = {
  readonly contextId: number;
  readonly context: AcceptedContext;
  readonly command: CommandSet;
  readonly object?: CollectedObject;
  readonly dataSet?: CollectedDataSet;
};

export type AssemblerLimits = {
  readonly headerBytes: number;
  readonly commandBytes: number;
  /** Of a data set that is kept whole. */
  readonly dataSetBytes: number;
};

/** Joins fragments to messages (PS3.7 §6.3, PS3.8 §E): command first, then its data set in the same presentation context. Of a C-STORE only the header is kept. */
export class MessageAssembler {
  readonly #contexts: ReadonlyMap<number, AcceptedContext>;
  readonly #limits: AssemblerLimits;
  readonly #deliver: (message: Message) => void;
  readonly #header: HeaderCollector;
  readonly #whole: DataSetCollector;
  #command: Buffer = Buffer.alloc(256);
  #commandLength = 0;
  #commandContext = 0;
  #due: { readonly contextId: number; readonly context: AcceptedContext; readonly command: CommandSet } | undefined;

  constructor(
    contexts: ReadonlyMap<number, AcceptedContext>,
    limits: AssemblerLimits,
    deliver: (message: Message) => void,
  ) {
    this.#contexts = contexts;
    this.#limits = limits;
    this.#deliver = deliver;
    this.#header = new HeaderCollector(limits.headerBytes);
    this.#whole = new DataSetCollector(limits.dataSetBytes);
  }

  /** Whether part of a message is here and the rest is not. */
  get unfinished(): boolean {
    return this.#commandLength > 0 || this.#due !== undefined;
  }

  /** What was kept of the object that was delivered last; only valid while it is delivered. */
  get keptOfObject(): Buffer {
    return this.#header.kept;
  }

  /** The association has ended: what was begun will never be finished. */
  discard(): void {
    this.#header.discard();
  }

  fragment({ contextId, command, last }: Fragment, bytes: Buffer, start: number, end: number): void {
    const context = this.#contexts.get(contextId);
    if (context === undefined) throw new ProtocolViolation('invalidParameter', 'presentation context was not accepted');
    if (command) this.#commandFragment(contextId, context, last, bytes, start, end);
    else this.#dataFragment(contextId, last, bytes, start, end);
  }

  #commandFragment(
    contextId: number,
    context: AcceptedContext,
    last: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#due !== undefined) throw new ProtocolViolation('unexpectedParameter', 'command where a data set is due');
    if (this.#commandLength > 0 && this.#commandContext !== contextId) {
      throw new ProtocolViolation('unexpectedParameter', 'command changes its presentation context');
    }
    const length = this.#commandLength + end - start;
    if (length > this.#limits.commandBytes) throw new ProtocolViolation('notSpecified', 'command set too long', 'user');
    if (length > this.#command.length) {
      const larger = Buffer.alloc(Math.min(this.#limits.commandBytes, length * 2));
      this.#command.copy(larger, 0, 0, this.#commandLength);
      this.#command = larger;
    }
    bytes.copy(this.#command, this.#commandLength, start, end);
    this.#commandLength = length;
    this.#commandContext = contextId;
    if (last) this.#endCommand(contextId, context);
  }

  #endCommand(contextId: number, context: AcceptedContext): void {
    const command = readCommandSet(this.#command.subarray(0, this.#commandLength));
    this.#commandLength = 0;
    if ((command.field & commands.response) !== 0) {
      throw new ProtocolViolation('notSpecified', 'response without a request', 'user');
    }
    if (!command.hasDataSet) {
      this.#deliver({ contextId, context, command });
      return;
    }
    if (command.field === commands.cStore) this.#header.begin(context.encoding, command.sopClassUid);
    this.#due = { contextId, context, command };
  }

  #dataFragment(contextId: number, last: boolean, bytes: Buffer, start: number, end: number): void {
    const due = this.#due;
    if (due === undefined || due.contextId !== contextId) {
      throw new ProtocolViolation('unexpectedParameter', 'data set without its command');
    }
    const isObject = due.command.field === commands.cStore;
    const collector = isObject ? this.#header : this.#whole;
    collector.append(bytes, start, end);
    if (!last) return;
    this.#due = undefined;
    this.#deliver(isObject ? { ...due, object: this.#header.finish() } : { ...due, dataSet: this.#whole.finish() });
  }
}
