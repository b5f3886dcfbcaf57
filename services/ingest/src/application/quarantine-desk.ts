import type { FactSpool } from '@voorrang/bus';
import type { NewEvent } from '@voorrang/contracts';
import { mapMessage, parseMessage, readHeader } from '@voorrang/hl7';
import { type Clock, type OpaqueKeys, VoorrangError } from '@voorrang/kernel';
import { currentTraceparent } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import {
  mayDismiss,
  mayReplay,
  type QuarantineEntry,
  type QuarantineProblem,
  type QuarantineState,
} from '../domain/quarantine.ts';
import { identityOf, short } from './message-identity.ts';
import { correctedMessage, readableMessage } from './message-text.ts';
import type { QuarantineStore } from './ports.ts';
import type { QuarantineKeeper } from './quarantine-keeper.ts';
import { problemsToldOf } from './quarantined-message.ts';
import type { ReceiptBook } from './receipt-book.ts';
import { takenReceipt } from './receipts-of-spool.ts';
import { mappingOf, senderOfMessages } from './senders.ts';

export const replaySource = 'ingest/quarantine';

export type Replayed = { readonly outcome: 'accepted' | 'refused'; readonly problems: readonly QuarantineProblem[] };
export type ReadEntry = { readonly entry: QuarantineEntry; readonly content: string; readonly charset: string };
type Facts =
  | { readonly ok: true; readonly facts: readonly NewEvent[] }
  | { readonly ok: false; readonly problems: readonly QuarantineProblem[] };

export type DeskDeps = {
  readonly site: string;
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly protocol: Pick<Protocol, 'senders' | 'sites'>;
  readonly spool: FactSpool;
  readonly store: QuarantineStore;
  readonly keeper: QuarantineKeeper;
  readonly receipts: ReceiptBook;
  /** There may be events in the outbox. */
  readonly onTold: () => void;
};

/** What operators do with the quarantine. Throws `VRG_NOT_FOUND`, `VRG_QUARANTINE_STATE`, `VRG_HTTP_MALFORMED`, and what spool and database throw. */
export class QuarantineDesk {
  readonly #deps: DeskDeps;
  readonly #inHand = new Map<string, Promise<Replayed>>();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  list(page: Parameters<QuarantineStore['list']>[0]): ReturnType<QuarantineStore['list']> {
    return this.#deps.store.list(page);
  }

  async read(id: string): Promise<ReadEntry> {
    const { entry, content } = await this.#found(id);
    if (entry.kind === 'dicom') return { entry, content: hexDump(content), charset: '' };
    const { text, charset } = readableMessage(content, this.#senderOf(content).charset);
    return { entry, content: text, charset };
  }

  /**
   * Takes the message, as it is or corrected, as if its sender had sent it now; the facts are durable when this resolves. What was taken once is not taken again, whatever the
   * content given. Merges count, whoever sent them: a person has looked.
   */
  async replay(id: string, by: string, corrected?: string): Promise<Replayed> {
    const inHand = this.#inHand.get(id);
    if (inHand !== undefined) return inHand;
    const replayed = this.#replay(id, by, corrected).finally(() => this.#inHand.delete(id));
    this.#inHand.set(id, replayed);
    return replayed;
  }

  async dismiss(id: string, by: string, reason: string): Promise<void> {
    const { entry } = await this.#found(id);
    allowed(mayDismiss(entry.state), entry.state);
    const { store, clock, keeper } = this.#deps;
    if (entry.state !== 'dismissed') await store.resolve(id, 'dismissed', { by, at: clock.now(), note: reason });
    keeper.closed(id);
    this.#deps.onTold();
  }

  async #replay(id: string, by: string, corrected: string | undefined): Promise<Replayed> {
    const { store, clock, spool, receipts, keeper } = this.#deps;
    const { entry, content } = await this.#found(id);
    if (allowed(mayReplay(entry.state), entry.state) === 'done-already') return accepted;
    const at = clock.now();
    const key = short(`replay\0${id}`);
    // Taken, and killed before the entry could be closed.
    if (receipts.find(key, '', at).kind === 'new') {
      const read = this.#factsOf(entry, content, corrected);
      if (!read.ok) return { outcome: 'refused', problems: read.problems };
      const notes = [{ key, content: '', at }, ...this.#receiptsOf(entry, content, at)];
      await spool.accept(read.facts, { receipts: notes.map(takenReceipt) });
      for (const note of notes) receipts.note(note);
    }
    await store.resolve(id, 'replayed', { by, at });
    keeper.closed(id);
    this.#deps.onTold();
    return accepted;
  }

  #factsOf(entry: QuarantineEntry, content: Uint8Array, corrected: string | undefined): Facts {
    if (entry.kind === 'dicom') {
      if (corrected !== undefined) throw uncorrectable();
      return { ok: false, problems: [headerOnly] };
    }
    const { keys, clock } = this.#deps;
    const bytes = corrected === undefined ? content : correctedMessage(corrected);
    const sender = this.#senderOf(bytes);
    const parsed = parseMessage(bytes, { defaultCharset: sender.charset });
    if (!parsed.ok) return { ok: false, problems: problemsToldOf([parsed.error.problem]) };
    const settings = { ...mappingOf(sender), merges: true, receivedAt: clock.now(), keys, source: replaySource };
    const mapped = mapMessage(parsed.value, settings);
    if (!mapped.ok) return { ok: false, problems: problemsToldOf(mapped.error) };
    const traceparent = currentTraceparent();
    return {
      ok: true,
      facts: mapped.value.events.map((event) => (traceparent === undefined ? event : { ...event, traceparent })),
    };
  }

  /** So that the same message again from its sender is answered like one that was taken. */
  #receiptsOf(entry: QuarantineEntry, content: Uint8Array, at: number) {
    if (entry.kind !== 'hl7') return [];
    const identity = identityOf(readHeader(content), content);
    return identity.key === null ? [] : [{ key: identity.key, content: identity.content, at }];
  }

  #senderOf(bytes: Uint8Array) {
    const { protocol, site } = this.#deps;
    const header = readHeader(bytes);
    return senderOfMessages(protocol, header?.sendingApplication ?? '', header?.sendingFacility ?? '', site);
  }

  async #found(id: string): Promise<{ readonly entry: QuarantineEntry; readonly content: Uint8Array }> {
    const found = await this.#deps.store.read(id);
    if (found === undefined) throw new VoorrangError('VRG_NOT_FOUND');
    return found;
  }
}

const headerOnly: QuarantineProblem = {
  condition: 'C000',
  location: 'data set',
  text: 'only the header of an object is kept: its sender has to send it again',
};

const uncorrectable = (): VoorrangError =>
  new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
    details: { problems: [{ path: 'body.content', message: 'a DICOM header cannot be corrected here' }] },
  });

const accepted: Replayed = { outcome: 'accepted', problems: [] };

function allowed<V extends string>(verdict: V, state: QuarantineState): V {
  if (verdict === 'not-allowed') throw new VoorrangError('VRG_QUARANTINE_STATE', undefined, { details: { state } });
  return verdict;
}

const perLine = 16;

/** Header bytes of an object: offset, hex, printable ASCII. */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    const part = Buffer.from(bytes.subarray(at, at + perLine));
    const hex = part.toString('hex').replace(/../g, '$& ').trimEnd();
    lines.push(
      `${at.toString(16).padStart(6, '0')}  ${hex.padEnd(perLine * 3)} ${part.toString('latin1').replace(/[^\x20-\x7e]/g, '.')}`,
    );
  }
  return lines.join('\n');
}
