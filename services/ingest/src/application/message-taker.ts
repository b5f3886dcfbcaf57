import type { FactSpool, Receipt } from '@voorrang/bus';
import type { NewEvent } from '@voorrang/contracts';
import {
  type AcknowledgeStyle,
  type Hl7Header,
  type Hl7Problem,
  type MappedMessage,
  mapMessage,
  type Outcome,
  outcomeOf,
  parseMessage,
  problem,
  readHeader,
} from '@voorrang/hl7';
import { type Clock, type OpaqueKeys, type Speaker, toVoorrangError } from '@voorrang/kernel';
import { currentTraceparent } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import type { MessageReceipt } from '../domain/receipts.ts';
import { type ListenerRules, refusalOfSender, type SenderRefusal } from '../domain/sender-rules.ts';
import { identityOf } from './message-identity.ts';
import type { QuarantineKeeper } from './quarantine-keeper.ts';
import { type Came, problemsToldOf, quarantinedMessage, quarantineId } from './quarantined-message.ts';
import type { ReceiptBook } from './receipt-book.ts';
import { flaggedReceipt, takenReceipt } from './receipts-of-spool.ts';
import { mappingOf, senderOfMessages } from './senders.ts';

export const hl7Source = 'ingest/mllp';

/** For metrics: `repeated` was answered like the first of its kind, `unauthorised` is a sender that may not speak. */
export type TakenAs = Outcome['kind'] | 'repeated' | 'reused' | 'unauthorised';

/** What became of a message, and what to answer with. */
export type Taken = {
  readonly header: Hl7Header | null;
  readonly outcome: Outcome;
  readonly style: AcknowledgeStyle;
  readonly as: TakenAs;
};

/** What the logs are told; nothing of the message is in it. */
export interface TakerLog {
  refused(outcome: 'refuse' | 'reject', problems: readonly Hl7Problem[]): void;
  unauthorised(reason: SenderRefusal, address: string): void;
  unexpected(thrown: unknown): void;
  withoutControlId(): void;
  durable(): void;
  notDurable(thrown: unknown): void;
}

export type TakerDeps = {
  readonly site: string;
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly protocol: Pick<Protocol, 'senders' | 'sites'>;
  readonly rules: ListenerRules;
  readonly spool: FactSpool;
  readonly receipts: ReceiptBook;
  readonly quarantine: QuarantineKeeper;
  readonly log: TakerLog;
};

type Answered = Omit<Taken, 'header' | 'style'>;
type Read =
  | { readonly kind: 'answered'; readonly answer: Answered }
  | { readonly kind: 'refused'; readonly outcome: Exclude<Outcome, { kind: 'accept' }> }
  | { readonly kind: 'taken'; readonly mapped: MappedMessage; readonly reused: boolean };
type Work = { readonly came: Came; readonly read: Read; readonly settle: (answer: Answered) => void };

/**
 * Takes HL7 messages: a positive outcome only after every fact and the receipt of the message are durable in the spool, in one append; a negative one for its
 * content only after the quarantine has it. Never rejects: a message that meets a mistake of ours is answered too, or its sender would send it for ever and nothing behind it.
 */
export class MessageTaker {
  readonly #deps: TakerDeps;
  /** Messages whose outcome is not yet known, by identity: the same over two connections is one. */
  readonly #inHand = new Map<string, Promise<Answered>>();

  constructor(deps: TakerDeps) {
    this.#deps = deps;
  }

  /** The messages of one block, all their facts in one append. `fault`: the block was put together wrongly, so that each is refused for it and kept. */
  async take(messages: readonly Uint8Array[], speaker: Speaker, fault?: Hl7Problem): Promise<readonly Taken[]> {
    const work: Work[] = [];
    const taken = messages.map((bytes) => this.#begin(bytes, speaker, work, fault));
    try {
      await this.#finish(work);
    } catch (thrown) {
      this.#deps.log.unexpected(thrown);
      for (const { settle } of work) settle({ outcome: unprocessable, as: 'refuse' });
    }
    return Promise.all(taken);
  }

  async #begin(bytes: Uint8Array, speaker: Speaker, work: Work[], fault: Hl7Problem | undefined): Promise<Taken> {
    const { protocol, site, clock } = this.#deps;
    const header = readHeader(bytes);
    const sender = senderOfMessages(protocol, header?.sendingApplication ?? '', header?.sendingFacility ?? '', site);
    const about = { header, style: sender.acknowledgement ?? {} };
    const refusal = refusalOfSender(sender, header?.sendingApplication ?? '', speaker, this.#deps.rules);
    if (refusal !== undefined) {
      this.#deps.log.unauthorised(refusal, speaker.remoteAddress);
      return { ...about, outcome: { kind: 'reject', problems: [unauthorised(refusal)] }, as: 'unauthorised' };
    }
    const identity = identityOf(header, bytes);
    // Without a control id each is a message of its own.
    const pair = identity.key === null ? null : `${identity.key} ${identity.content}`;
    const inHand = pair === null ? undefined : this.#inHand.get(pair);
    if (inHand !== undefined) return { ...about, ...(await inHand), as: 'repeated' };
    const came: Came = { bytes, header, identity, sender, address: speaker.remoteAddress, at: clock.now() };
    const { promise, resolve } = Promise.withResolvers<Answered>();
    if (pair !== null) this.#inHand.set(pair, promise);
    const read: Read = fault === undefined ? this.#read(came) : { kind: 'refused', outcome: outcomeOf([fault]) };
    work.push({ came, read, settle: resolve });
    try {
      return { ...about, ...(await promise) };
    } finally {
      if (pair !== null) this.#inHand.delete(pair);
    }
  }

  #read(came: Came): Read {
    const { receipts, clock, keys } = this.#deps;
    const { bytes, identity, sender, at } = came;
    const known = identity.key === null ? undefined : receipts.find(identity.key, identity.content, clock.now());
    if (known?.kind === 'repeated') {
      const { warnings = [] } = known.receipt;
      const outcome: Outcome = { kind: 'accept', warnings: warnings as readonly Hl7Problem[] };
      return { kind: 'answered', answer: { outcome, as: 'repeated' } };
    }
    try {
      const parsed = parseMessage(bytes, { defaultCharset: sender.charset });
      if (!parsed.ok) return { kind: 'refused', outcome: outcomeOf([parsed.error.problem]) };
      const mapped = mapMessage(parsed.value, { ...mappingOf(sender), receivedAt: at, keys, source: hl7Source });
      if (!mapped.ok) return { kind: 'refused', outcome: outcomeOf(mapped.error) };
      return { kind: 'taken', mapped: mapped.value, reused: known?.kind === 'reused' };
    } catch (thrown) {
      this.#deps.log.unexpected(thrown);
      return { kind: 'refused', outcome: unprocessable };
    }
  }

  async #finish(work: readonly Work[]): Promise<void> {
    const refused = work.map(({ came, read, settle }) =>
      read.kind === 'refused' ? this.#refuse(came, read.outcome).then(settle) : undefined,
    );
    for (const { read, settle } of work) if (read.kind === 'answered') settle(read.answer);
    await Promise.all([this.#accept(work), ...refused]);
  }

  async #accept(work: readonly Work[]): Promise<void> {
    const { spool, receipts, log } = this.#deps;
    const facts: NewEvent[] = [];
    const beside: Receipt[] = [];
    const taken: { readonly receipt?: MessageReceipt; readonly answer: Answered; readonly work: Work }[] = [];
    const traceparent = currentTraceparent();
    for (const each of work) {
      const { came, read } = each;
      if (read.kind !== 'taken') continue;
      for (const event of read.mapped.events) facts.push(traceparent === undefined ? event : { ...event, traceparent });
      const { warnings } = read.mapped;
      const { key, content } = came.identity;
      const answer: Answered = { outcome: { kind: 'accept', warnings }, as: read.reused ? 'reused' : 'accept' };
      if (key === null) {
        log.withoutControlId();
        taken.push({ answer, work: each });
        continue;
      }
      const receipt = { key, content, at: came.at, ...(warnings.length === 0 ? {} : { warnings }) };
      beside.push(takenReceipt(receipt));
      if (read.reused) beside.push(flaggedReceipt(flagged(came, this.#deps.keys)));
      taken.push({ receipt, answer, work: each });
    }
    if (taken.length === 0) return;
    try {
      if (facts.length > 0 || beside.length > 0) await spool.accept(facts, { receipts: beside });
      log.durable();
    } catch (thrown) {
      log.notDurable(thrown);
      for (const { work: each } of taken) each.settle(notNow(thrown));
      return;
    }
    for (const { receipt, answer, work: each } of taken) {
      if (receipt !== undefined) receipts.note(receipt);
      this.#closeOpen(each.came);
      each.settle(answer);
    }
  }

  /** Not awaited: it only tidies up. An entry that stays open is closed by the next repetition or by an operator. */
  #closeOpen({ identity, at }: Came): void {
    const { quarantine, keys, log } = this.#deps;
    if (!quarantine.hasOpen) return;
    quarantine
      .taken(quarantineId(keys, 'hl7', identity.content), 'sender', at)
      .catch((thrown) => log.notDurable(thrown));
  }

  async #refuse(came: Came, outcome: Exclude<Outcome, { kind: 'accept' }>): Promise<Answered> {
    const { quarantine, keys, log } = this.#deps;
    const code = outcome.kind === 'refuse' && came.header !== null ? 'AE' : 'AR';
    const told = { state: 'open', code, problems: problemsToldOf(outcome.problems) } as const;
    try {
      await quarantine.keep(quarantinedMessage(came, told, keys));
    } catch (thrown) {
      log.notDurable(thrown);
      return notNow(thrown);
    }
    log.refused(outcome.kind, outcome.problems);
    return { outcome, as: outcome.kind };
  }
}

const unprocessable = { kind: 'refuse', problems: [problem(207, null, 'the message cannot be processed')] } as const;

const flagged = (came: Came, keys: OpaqueKeys) =>
  quarantinedMessage(
    came,
    {
      state: 'flagged',
      code: 'AA',
      problems: [
        {
          condition: '205',
          location: 'MSH-10',
          text: 'another message of this sender had the same control id; both were processed',
        },
      ],
    },
    keys,
  );

/** The sender keeps it and may send it again. */
const notNow = (thrown: unknown): Answered => ({
  outcome: { kind: 'reject', problems: [problem(207, null, toVoorrangError(thrown).code)] },
  as: 'reject',
});

/** What a sender that may not speak is told: enough to mend its set-up, nothing of ours. */
function unauthorised(refusal: SenderRefusal): Hl7Problem {
  const place = { segment: 'MSH', occurrence: 1, field: 3 };
  return refusal === 'unknown'
    ? problem(103, place, 'this sender is not known here')
    : problem(207, place, `this sender may not speak over this connection: ${refusal}`);
}
