import type { Socket } from 'node:net';
import type { Clock, DurationMs, EpochMs, OpenConnection } from '@voorrang/kernel';
import { answer, type Received, receive, type Services } from './answer.ts';
import { AnswerQueue } from './answer-queue.ts';
import type { Outcome } from './answer-store.ts';
import { type AssociateRequest, associateAcceptPdu, associateRejectPdu, readAssociateRequest } from './association.ts';
import { AssociationActivity } from './association-activity.ts';
import {
  type AssociationEffect,
  type AssociationEvent,
  type AssociationState,
  associationActions,
  transitionOf,
} from './association-state.ts';
import type { TimerLimits } from './association-timers.ts';
import { commands, dataPdus, responseCommandSet } from './command-set.ts';
import type { AssociationEnd, DicomEvent } from './dicom-event.ts';
import { type AssemblerLimits, type Message, MessageAssembler } from './message-assembler.ts';
import type { Negotiated } from './negotiation.ts';
import { operationNameOf, type PeerOperation } from './operations.ts';
import { type Abort, abortPdu, ProtocolViolation, pduTypes, releaseResponsePdu } from './pdu.ts';
import { type Fragment, PduReader, type PduSink } from './pdu-reader.ts';
import { checkAnnounced, type PduLimits } from './pdu-turn.ts';
import type { Peer } from './peer.ts';

/** `pduBytes`: largest P-DATA-TF that is taken; told to the peer, and a longer one ends the association. */
export type ConnectionLimits = AssemblerLimits &
  TimerLimits &
  PduLimits & {
    /** Answers that may be owed before the socket is no longer read. */
    readonly queuedMessages: number;
    /** How long a closing server waits for the message in hand, and for the peer to take the end. */
    readonly drainMs: DurationMs;
  };

export type ConnectionDeps = {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly negotiate: (request: AssociateRequest, peer: Peer) => Negotiated;
  /** By the rules of now, which may not be those of the request. */
  readonly mayDo: (peer: Peer, operation: PeerOperation) => boolean;
  readonly services: Services;
  readonly onEvent: (event: DicomEvent) => void;
};

const longestUnreadAnswers = 1 << 20;

/**
 * One socket as the acceptor of PS3.8 §9.2: `association-state.ts` says what is to be done, this does it. Whatever one peer sends is caught here and ends
 * its own association only.
 */
export class Connection implements PduSink, OpenConnection {
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps;
  readonly #reader: PduReader = new PduReader(this);
  readonly #queue: AnswerQueue<Received, Outcome>;
  readonly #activity: AssociationActivity;
  #peer: Peer;
  #state: AssociationState = 'idle';
  #assembler: MessageAssembler | undefined;
  #peerMaximum = 0;
  /** What the effects of the event in hand send. */
  #reply: Buffer = Buffer.alloc(0);
  #abort: Abort = { source: 'provider', reason: 'notSpecified', what: '' };

  constructor(socket: Socket, peer: Peer, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#peer = peer;
    this.#deps = deps;
    this.#activity = new AssociationActivity(deps.clock.now());
    this.#queue = new AnswerQueue({
      limit: deps.limits.queuedMessages,
      answer: (received) =>
        answer(received, this.#peer, deps.services, (operation) => deps.mayDo(this.#peer, operation)),
      send: ({ message }, outcome) => this.#send(message, outcome),
      onRoom: () => void this.#socket.resume(),
      onIdle: () => {
        this.#activity.answered(deps.clock.now());
        this.#releaseWhenAnswered();
      },
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => this.#on('disconnected', 'connection-lost'));
    socket.on('close', () => this.#on('disconnected', 'connection-lost'));
    this.#on('connected');
  }

  /** Nothing that the peer sends has a meaning any more. */
  get done(): boolean {
    return this.#state === 'closing' || this.#state === 'idle';
  }

  get peer(): Peer {
    return this.#peer;
  }

  get address(): string {
    return this.#peer.remoteAddress;
  }

  get established(): boolean {
    return this.#state === 'established' || this.#state === 'releasing';
  }

  get proven(): boolean {
    return this.established;
  }

  get lastHeardAt(): EpochMs {
    return this.#activity.lastHeardAt;
  }

  /** Ends what has waited too long. */
  checkDeadline(now: EpochMs): void {
    const isOwedAnswer = this.#queue.answering !== undefined;
    const isUnderWay = !this.#reader.isBetweenPdus || this.#assembler?.unfinished === true;
    const expiry = this.#activity.check(this.#state, { isOwedAnswer, isUnderWay }, this.#deps.limits, now);
    if (expiry === 'artim') {
      this.#on('artim-expired', 'timed-out');
      this.#socket.destroy();
    } else if (expiry === 'idle') this.#abortBecause('timed out', 'timed-out');
    else if (expiry === 'stalled') this.#abortBecause('silent in the middle of a message', 'timed-out');
    else if (expiry === 'too-slow') this.#abortBecause('too slow', 'too-slow');
  }

  /** Ends it at once, for another connection to have its place. */
  evict(): void {
    this.#on('disconnected', 'evicted');
    this.#socket.destroy();
  }

  /** Answers the message in hand, then aborts; what the peer has sent besides is not begun. */
  async close(): Promise<void> {
    this.#queue.stop();
    this.#socket.pause();
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', resolve);
    });
    void this.#deps.clock.wait(this.#deps.limits.drainMs, gone.signal).then(() => this.#socket.destroy());
    await Promise.race([this.#queue.answering, closed]);
    this.#abortBecause('server closes', 'server-closed');
    this.#on('disconnected', 'server-closed');
    this.#socket.destroySoon();
    await closed;
    gone.abort();
  }

  #read(chunk: Buffer): void {
    this.#activity.heard(chunk.length, this.#deps.clock.now());
    try {
      this.#reader.feed(chunk);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    if (!(thrown instanceof ProtocolViolation)) {
      this.#deps.onEvent({ kind: 'failure', peer: this.#peer, error: thrown });
      this.#abortBecause('failure', 'aborted');
      return;
    }
    this.#abort = thrown.abort;
    this.#on(thrown.abort.source === 'user' ? 'abort-wanted' : 'invalid-pdu', 'aborted');
  }

  #abortBecause(what: string, end: AssociationEnd): void {
    this.#abort = { source: 'user', reason: 'notSpecified', what };
    this.#on('abort-wanted', end);
  }

  announced(type: number, length: number): void {
    checkAnnounced(this.#state, type, length, this.#deps.limits);
  }

  pdu(type: number, body: Buffer): void {
    if (type === pduTypes.abort) this.#on('abort-received', 'aborted-by-peer');
    else if (type === pduTypes.releaseRequest) this.#on('release-received');
    else {
      const request = readAssociateRequest(body);
      this.#on('request-received');
      this.#decide(request, body);
    }
  }

  fragment(fragment: Fragment, bytes: Buffer, start: number, end: number): void {
    this.#assembler?.fragment(fragment, bytes, start, end);
  }

  #decide(request: AssociateRequest, body: Buffer): void {
    this.#peer = { ...this.#peer, callingAe: request.callingAe, calledAe: request.calledAe };
    const peer = this.#peer;
    const negotiated = this.#deps.negotiate(request, peer);
    if (negotiated.kind === 'reject') {
      const { rejection, reason } = negotiated;
      this.#deps.onEvent({ kind: 'association-rejected', peer, rejection, reason });
      this.#reply = associateRejectPdu(rejection);
      this.#on('rejected', 'rejected');
      return;
    }
    const { accepted, answers } = negotiated;
    this.#assembler = new MessageAssembler(accepted, this.#deps.limits, (message) => this.#take(message));
    this.#peerMaximum = request.maximumLength;
    this.#reply = associateAcceptPdu(body, answers, this.#deps.limits.pduBytes);
    const refusedContexts = answers.length - accepted.size;
    this.#deps.onEvent({ kind: 'association-accepted', peer, acceptedContexts: accepted.size, refusedContexts });
    this.#on('accepted');
  }

  #take(message: Message): void {
    this.#activity.messageEnded();
    if (message.command.field === commands.cCancel) return;
    const kept = (): Buffer => this.#assembler?.keptOfObject ?? Buffer.alloc(0);
    this.#queue.push(receive(message, kept, this.#deps.services));
    if (this.#queue.isFull) this.#socket.pause();
  }

  #send({ contextId, command, object, dataSet }: Message, outcome: Outcome): void {
    if (transitionOf(this.#state, 'data-to-send') === undefined) return;
    const operation = operationNameOf(command.field);
    const bytes = (object ?? dataSet)?.totalBytes ?? 0;
    this.#deps.onEvent({ kind: 'answered', peer: this.#peer, operation, outcome, bytes });
    const { status, comment, errorId, sopInstanceUid = command.sopInstanceUid } = outcome;
    const response = responseCommandSet({
      request: command,
      status,
      sopInstanceUid,
      ...(comment === undefined ? {} : { comment }),
      ...(errorId === undefined ? {} : { errorId }),
    });
    this.#reply = dataPdus(contextId, 'command', response, this.#peerMaximum);
    this.#on('data-to-send');
    if (this.#socket.writableLength > longestUnreadAnswers) this.#abortBecause('answers are not read', 'aborted');
  }

  #releaseWhenAnswered(): void {
    if (this.#queue.answering !== undefined) return;
    this.#reply = releaseResponsePdu();
    this.#on('release-answered', 'released');
  }

  /** `end`: what the event means where it is the end of the association. */
  #on(event: AssociationEvent, end?: AssociationEnd): void {
    const transition = transitionOf(this.#state, event);
    if (transition === undefined) return;
    const { action, next } = transition;
    const wasDone = this.done;
    this.#state = next;
    if (action === 'AA-1') this.#abort = { ...this.#abort, source: 'user' };
    if (this.done && !wasDone && end !== undefined) this.#ended(end, action === 'AA-1' || action === 'AA-8');
    for (const effect of associationActions[action]) this.#do(effect);
  }

  #do(effect: AssociationEffect): void {
    switch (effect) {
      case 'start-artim':
        this.#activity.startArtim(this.#deps.clock.now());
        return;
      case 'send-accept':
      case 'send-data':
        this.#socket.write(this.#reply);
        return;
      case 'send-reject':
      case 'send-release-response':
        this.#socket.end(this.#reply);
        return;
      case 'send-user-abort':
      case 'send-provider-abort':
        // read on, to see the peer close
        this.#socket.resume();
        this.#socket.end(abortPdu(this.#abort));
        return;
      case 'begin-release':
        this.#releaseWhenAnswered();
        return;
      case 'close-connection':
        this.#socket.destroySoon();
    }
  }

  #ended(end: AssociationEnd, isAbort: boolean): void {
    this.#queue.stop();
    this.#assembler?.discard();
    this.#assembler = undefined;
    this.#deps.onEvent({ kind: 'ended', peer: this.#peer, end, ...(isAbort ? { abort: this.#abort } : {}) });
  }
}
