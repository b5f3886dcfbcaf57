import type { Socket } from 'node:net';
import type { AdmissionRefusal, Clock, DurationMs, EpochMs, OpenConnection } from '@voorrang/kernel';
import { answerStore, type OnStore, type Outcome, type Peer } from './answer-store.ts';
import {
  type AssociateRequest,
  answerContexts,
  applicationContextName,
  associateAcceptPdu,
  associateRejectPdu,
  type Rejection,
  readAssociateRequest,
} from './association.ts';
import { commands, dataPdus, responseCommandSet, statuses } from './command-set.ts';
import { type AcceptedContext, type Message, MessageAssembler } from './message-assembler.ts';
import { type Abort, abortPdu, ProtocolViolation, pduTypes, releaseResponsePdu } from './pdu.ts';
import { type Fragment, PduReader, type PduSink } from './pdu-reader.ts';
import { isStorageSopClass, verificationSopClass } from './sop-classes.ts';
import { encodingOf, explicitLittleEndian, implicitLittleEndian } from './transfer-syntax.ts';

export type ConnectionLimits = {
  /** Largest P-DATA-TF that is taken; told to the peer, and a longer one ends the association. */
  readonly pduBytes: number;
  readonly associateRequestBytes: number;
  readonly headerBytes: number;
  readonly commandBytes: number;
  /** Answers that may be owed before the socket is no longer read. */
  readonly queuedMessages: number;
  /** ARTIM of PS3.8 §9.1.5: time to ask for the association, and to close after its end. */
  readonly artimMs: DurationMs;
  readonly idleMs: DurationMs;
  /** How long a closing server waits for the message in hand, and for the peer to take the end. */
  readonly drainMs: DurationMs;
};

export type AssociationEnd =
  | 'released'
  | 'rejected'
  | 'aborted'
  | 'aborted-by-peer'
  | 'timed-out'
  | 'evicted'
  | 'connection-lost'
  | 'server-closed';

/** What happens on the wire, for logs and metrics: codes and titles, nothing of a patient. */
export type DicomEvent =
  | { readonly kind: 'connection-refused'; readonly peer: Peer; readonly reason: AdmissionRefusal }
  | {
      readonly kind: 'association-accepted';
      readonly peer: Peer;
      readonly acceptedContexts: number;
      readonly refusedContexts: number;
    }
  | { readonly kind: 'association-rejected'; readonly peer: Peer; readonly rejection: Rejection }
  | {
      readonly kind: 'answered';
      readonly peer: Peer;
      readonly operation: 'C-ECHO' | 'C-STORE' | 'other';
      readonly outcome: Outcome;
      readonly bytes: number;
    }
  | { readonly kind: 'ended'; readonly peer: Peer; readonly end: AssociationEnd; readonly abort?: Abort }
  | { readonly kind: 'failure'; readonly peer: Peer; readonly error: unknown };

export type ConnectionDeps = {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  /** Why this peer may not have an association now, or `undefined`. */
  readonly refuse: (peer: Peer) => Rejection | undefined;
  readonly onStore: OnStore;
  readonly onEcho: (peer: Peer) => Promise<void>;
  readonly onEvent: (event: DicomEvent) => void;
};

const longestUnreadAnswers = 1 << 20;

/** One socket: PS3.8 §9.2 from the acceptor's side. Whatever one peer sends is caught here and ends its own association only. */
export class Connection implements PduSink, OpenConnection {
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps;
  readonly #reader: PduReader = new PduReader(this);
  #peer: Peer;
  #state: 'awaiting-request' | 'established' | 'ended' = 'awaiting-request';
  #assembler: MessageAssembler | undefined;
  #peerMaximum = 0;
  readonly #queue: Message[] = [];
  #answering: Promise<void> | undefined;
  #releaseAsked = false;
  #closing = false;
  #deadline: EpochMs;
  #lastHeardAt: EpochMs;

  constructor(socket: Socket, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#peer = { callingAe: '', calledAe: '', remoteAddress: socket.remoteAddress ?? '' };
    this.#lastHeardAt = deps.clock.now();
    this.#deadline = this.#lastHeardAt + deps.limits.artimMs;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => this.#finish('connection-lost'));
    socket.on('close', () => this.#finish('connection-lost'));
  }

  get done(): boolean {
    return this.#state === 'ended';
  }

  get address(): string {
    return this.#peer.remoteAddress;
  }

  /** While it has an association. */
  get proven(): boolean {
    return this.#assembler !== undefined;
  }

  get lastHeardAt(): EpochMs {
    return this.#lastHeardAt;
  }

  get established(): boolean {
    return this.#state === 'established';
  }

  /** Ends what has waited too long. Time in which the peer waits for our answer does not count. */
  checkDeadline(now: EpochMs): void {
    if (this.#answering !== undefined) this.#deadline = now + this.#deps.limits.idleMs;
    if (now < this.#deadline) return;
    if (this.#state === 'ended') this.#socket.destroy();
    else this.#abort({ source: 'provider', reason: 'notSpecified', what: 'timed out' }, 'timed-out');
  }

  /** Ends it at once, for another connection to have its place. */
  evict(): void {
    this.#finish('evicted');
    this.#socket.destroy();
  }

  /** Answers the message in hand, then aborts; what the peer has sent besides is not begun. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#socket.pause();
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', resolve);
    });
    void this.#deps.clock.wait(this.#deps.limits.drainMs, gone.signal).then(() => this.#socket.destroy());
    await Promise.race([this.#answering, closed]);
    if (this.#state === 'established')
      this.#abort({ source: 'user', reason: 'notSpecified', what: 'server closes' }, 'server-closed');
    this.#finish('server-closed');
    this.#socket.destroySoon();
    await closed;
    gone.abort();
  }

  #read(chunk: Buffer): void {
    this.#lastHeardAt = this.#deps.clock.now();
    if (this.#state === 'established') this.#deadline = this.#lastHeardAt + this.#deps.limits.idleMs;
    try {
      this.#reader.feed(chunk);
    } catch (thrown) {
      if (thrown instanceof ProtocolViolation) this.#abort(thrown.abort, 'aborted');
      else {
        this.#deps.onEvent({ kind: 'failure', peer: this.#peer, error: thrown });
        this.#abort({ source: 'provider', reason: 'notSpecified', what: 'failure' }, 'aborted');
      }
    }
  }

  announced(type: number, length: number): void {
    if (type < pduTypes.associateRequest || type > pduTypes.abort)
      throw new ProtocolViolation('unrecognizedPdu', 'PDU type');
    const awaiting = this.#state === 'awaiting-request';
    const expected =
      type === pduTypes.abort ||
      (awaiting ? type === pduTypes.associateRequest : type === pduTypes.data || type === pduTypes.releaseRequest);
    if (!expected || (this.#releaseAsked && type !== pduTypes.abort))
      throw new ProtocolViolation('unexpectedPdu', 'PDU out of turn');
    const { pduBytes, associateRequestBytes } = this.#deps.limits;
    const longest = type === pduTypes.data ? pduBytes : type === pduTypes.associateRequest ? associateRequestBytes : 4;
    if (length > longest || (longest === 4 && length !== 4))
      throw new ProtocolViolation('invalidParameter', 'PDU length');
  }

  pdu(type: number, body: Buffer): void {
    if (type === pduTypes.abort) {
      this.#finish('aborted-by-peer');
      this.#socket.destroySoon();
    } else if (type === pduTypes.releaseRequest) {
      this.#releaseAsked = true;
      this.#releaseWhenAnswered();
    } else this.#associate(body);
  }

  fragment(fragment: Fragment, bytes: Buffer, start: number, end: number): void {
    this.#assembler?.fragment(fragment, bytes, start, end);
  }

  #associate(body: Buffer): void {
    const request = readAssociateRequest(body);
    this.#peer = { ...this.#peer, callingAe: request.callingAe, calledAe: request.calledAe };
    const rejection = this.#rejection(request);
    if (rejection !== undefined) {
      this.#deps.onEvent({ kind: 'association-rejected', peer: this.#peer, rejection });
      this.#finish('rejected');
      this.#socket.end(associateRejectPdu(rejection));
      return;
    }
    const answers = answerContexts(request.contexts, {
      abstractSyntax: (uid) => uid === verificationSopClass || isStorageSopClass(uid),
      transferSyntax: (uid, abstractSyntax) =>
        abstractSyntax === verificationSopClass
          ? uid === implicitLittleEndian || uid === explicitLittleEndian
          : encodingOf(uid) !== undefined,
    });
    const accepted = new Map<number, AcceptedContext>();
    for (const { id, result, abstractSyntax, transferSyntax } of answers) {
      const encoding = encodingOf(transferSyntax);
      if (result === 'acceptance' && encoding !== undefined)
        accepted.set(id, { abstractSyntax, transferSyntax, encoding });
    }
    this.#assembler = new MessageAssembler(accepted, this.#deps.limits, (message) => this.#enqueue(message));
    this.#peerMaximum = request.maximumLength;
    this.#state = 'established';
    this.#deadline = this.#deps.clock.now() + this.#deps.limits.idleMs;
    this.#deps.onEvent({
      kind: 'association-accepted',
      peer: this.#peer,
      acceptedContexts: accepted.size,
      refusedContexts: answers.length - accepted.size,
    });
    this.#socket.write(associateAcceptPdu(body, answers, this.#deps.limits.pduBytes));
  }

  #rejection({ protocolVersion, applicationContext, maximumLength }: AssociateRequest): Rejection | undefined {
    if ((protocolVersion & 1) === 0) return 'protocol-version';
    if (applicationContext !== applicationContextName) return 'application-context';
    if (maximumLength > 0 && maximumLength < 8) return 'peer-maximum-length';
    return this.#deps.refuse(this.#peer);
  }

  #enqueue(message: Message): void {
    if (message.command.field === commands.cCancel) return;
    this.#queue.push(message);
    if (this.#queue.length >= this.#deps.limits.queuedMessages) this.#socket.pause();
    this.#answering ??= this.#answerAll();
  }

  /** One answer after the other, in the order of the requests. */
  async #answerAll(): Promise<void> {
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      const outcome = await this.#answer(message);
      if (this.#state === 'ended') break;
      this.#send(message, outcome);
      if (this.#closing) break;
      const room = this.#queue.length < this.#deps.limits.queuedMessages;
      if (room && this.#socket.isPaused()) this.#socket.resume();
    }
    this.#answering = undefined;
    this.#deadline = this.#deps.clock.now() + this.#deps.limits.idleMs;
    this.#releaseWhenAnswered();
  }

  async #answer(message: Message): Promise<Outcome> {
    if (message.command.field !== commands.cEcho) return answerStore(message, this.#peer, this.#deps.onStore);
    try {
      await this.#deps.onEcho(this.#peer);
      return { status: statuses.success };
    } catch (error) {
      return { status: statuses.outOfResources, error };
    }
  }

  #send({ contextId, command, object }: Message, outcome: Outcome): void {
    const operation =
      command.field === commands.cStore ? 'C-STORE' : command.field === commands.cEcho ? 'C-ECHO' : 'other';
    this.#deps.onEvent({ kind: 'answered', peer: this.#peer, operation, outcome, bytes: object?.totalBytes ?? 0 });
    const { status, comment } = outcome;
    const response = responseCommandSet({
      request: command,
      status,
      sopInstanceUid: command.sopInstanceUid,
      ...(comment === undefined ? {} : { comment }),
    });
    this.#socket.write(dataPdus(contextId, 'command', response, this.#peerMaximum));
    if (this.#socket.writableLength > longestUnreadAnswers) {
      this.#abort({ source: 'provider', reason: 'notSpecified', what: 'answers are not read' }, 'aborted');
    }
  }

  #releaseWhenAnswered(): void {
    const owed = this.#answering !== undefined || this.#queue.length > 0;
    if (!this.#releaseAsked || owed || this.#state !== 'established') return;
    this.#finish('released');
    this.#socket.end(releaseResponsePdu());
  }

  #abort(abort: Abort, end: AssociationEnd): void {
    if (this.#state === 'ended') return;
    this.#finish(end, abort);
    this.#socket.resume();
    this.#socket.end(abortPdu(abort));
  }

  #finish(end: AssociationEnd, abort?: Abort): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#queue.length = 0;
    this.#assembler = undefined;
    this.#deadline = this.#deps.clock.now() + this.#deps.limits.artimMs;
    this.#deps.onEvent({ kind: 'ended', peer: this.#peer, end, ...(abort === undefined ? {} : { abort }) });
  }
}
