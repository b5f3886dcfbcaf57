import { posix } from 'node:path';
import { type Event, encodeEvent, eventIdOf, type NewEvent, topicOf } from '@voorrang/contracts';
import { type FileSystem, type Journal, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { type Clock, type EpochMs, faultPoint, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { backoffMs } from '../backoff.ts';
import { ChangeSignal } from '../change-signal.ts';
import type { EventBus, OutgoingRecord, Receipt } from '../ports.ts';
import { isPlace, objectIn } from '../small-file.ts';
import { coalesceFacts } from './coalesce-facts.ts';
import { decodeFact, isReceipt } from './fact-codec.ts';
import { ReceiptRelay, type ReceiptSink } from './receipt-relay.ts';

export type SpoolRelayOptions = {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly coalesce?: (first: NewEvent, next: NewEvent) => NewEvent | undefined;
  readonly relayBatch?: number;
  readonly positionEveryMs?: number;
  readonly random?: () => number;
  /** Limit of the journal: above half of it receipts no longer hold segments back. */
  readonly limitBytes?: number;
};

type Place = { readonly position: number; readonly observedAt: EpochMs };
/** `receipts`: every receipt below is in the sink. */
type Written = Place & { readonly receipts: number };

/**
 * Under load the relay rests after a publish, so that the next one carries more: every sync of the bus is one that the senders of this edge wait for. A fact that
 * comes alone is never held back.
 */
const busyFacts = 4;
const busyRestMs = 4;

/** One publish stays below what a broker takes in one request. */
const publishBytes = 512 * 1024;

/**
 * Brings the facts of a spool to the bus, in their order, and then moves its position. A fact that the bus does not take is tried for ever: it is
 * never skipped, the spool fills up instead and its edge refuses. After a crash the facts since the last written position come again.
 */
export class SpoolRelay {
  readonly #journal: Journal;
  readonly #ingestId: string;
  readonly #options: SpoolRelayOptions;
  readonly #changed = new ChangeSignal();
  readonly #abort = new AbortController();
  readonly #receipts: ReceiptRelay;
  #keepsReceipts = false;
  #letGo = 0;
  #place: Place;
  #written: Written;
  #running: Promise<unknown> = Promise.resolve();
  #publishError: VoorrangError | undefined;
  #positionError: VoorrangError | undefined;

  private constructor(journal: Journal, ingestId: string, options: SpoolRelayOptions, written: Written) {
    const { position, observedAt, receipts } = written;
    this.#journal = journal;
    this.#ingestId = ingestId;
    this.#options = options;
    this.#place = { position, observedAt };
    this.#written = written;
    this.#receipts = new ReceiptRelay(journal, receipts, {
      clock: options.clock,
      random: options.random ?? Math.random,
      onMoved: () => this.#changed.notify(),
    });
  }

  /** Rejects with `VRG_JOURNAL_CORRUPT` when the journal ends before the position: facts are missing, and their numbers would be given out again. */
  static async open(journal: Journal, ingestId: string, options: SpoolRelayOptions): Promise<SpoolRelay> {
    const { position, observedAt, receipts } = placeIn(await readFileIfPresent(options.fileSystem, pathOf(options)));
    if (position > journal.head)
      throw new VoorrangError(
        'VRG_JOURNAL_CORRUPT',
        `the spool in ${options.directory} has lost facts that were relayed already; move it away and start with a new spool directory`,
        { details: { directory: options.directory, position, head: journal.head } },
      );
    return new SpoolRelay(journal, ingestId, options, {
      position: Math.max(position, journal.tail),
      observedAt,
      receipts: Math.max(receipts, journal.tail),
    });
  }

  /** Number of the next fact to relay. */
  get position(): number {
    return this.#place.position;
  }
  /** The newest instant among the facts below `position`. */
  get observedAt(): EpochMs {
    return this.#place.observedAt;
  }
  /** What keeps the relay from going on, while it does. */
  get error(): VoorrangError | undefined {
    return this.#publishError ?? this.#receipts.error ?? this.#positionError;
  }
  get receiptsLetGo(): number {
    return this.#letGo;
  }

  receipts(): AsyncIterable<readonly Receipt[]> {
    return this.#receipts.waiting();
  }

  start(onReceipts?: ReceiptSink): void {
    this.#keepsReceipts = onReceipts !== undefined;
    if (onReceipts !== undefined) this.#receipts.start(onReceipts);
    this.#running = Promise.all([this.#relay(), this.#writePositions()]);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#receipts.stop();
    await this.#running;
    await this.#writePosition();
  }

  reached(position: number, signal?: AbortSignal): Promise<void> {
    return this.#changed.until(() => this.#place.position >= position, signal);
  }

  async #relay(): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#journal.waitFor(this.#place.position, signal);
        if (signal.aborted) return;
        const relayed = await this.#relayBatch();
        failures = 0;
        if (relayed >= busyFacts) await this.#options.clock.wait(busyRestMs, signal);
      } catch (thrown) {
        failures += 1;
        this.#publishError = toVoorrangError(thrown);
        await this.#options.clock.wait(backoffMs(failures, this.#options.random ?? Math.random), signal);
      }
    }
  }

  /** Resolves with how many facts there were. */
  async #relayBatch(): Promise<number> {
    const { bus, coalesce } = this.#options;
    const { facts, next } = await this.#nextFacts();
    const events = coalesce === undefined ? facts : coalesceFacts(facts, coalesce);
    if (events.length > 0) await bus.publish(events.map(recordOf));
    faultPoint('spool.relay.published');
    this.#publishError = undefined;
    this.#place = {
      position: next,
      observedAt: Math.max(this.#place.observedAt, facts.at(-1)?.stamp.observedAt ?? 0),
    };
    if (!this.#keepsReceipts) this.#receipts.letGoBelow(next);
    this.#changed.notify();
    return facts.length;
  }

  /** The facts of one publish, and the number of the record behind them and any receipts that follow. */
  async #nextFacts(): Promise<{ readonly facts: readonly Event[]; readonly next: number }> {
    const most = this.#options.relayBatch ?? 500;
    const facts: Event[] = [];
    let next = this.#place.position;
    let bytes = 0;
    for await (const records of this.#journal.read(this.#place.position)) {
      for (const { seq, payload } of records) {
        if (!isReceipt(payload)) {
          bytes += payload.length;
          if (facts.length === most || (facts.length > 0 && bytes > publishBytes)) return { facts, next };
          const { observedAt, fact } = decodeFact(payload);
          const stamp = { observedAt, ingestId: this.#ingestId, seq };
          facts.push({ ...fact, id: eventIdOf(stamp), stamp });
        }
        next = seq + 1;
      }
    }
    return { facts, next };
  }

  /** Writes the position when it has moved, then rests: it is not worth a sync per fact. */
  async #writePositions(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#changed.until(() => this.#hasMoved, signal);
      if (signal.aborted) return;
      await this.#writePosition();
      await this.#options.clock.wait(this.#options.positionEveryMs ?? 250, signal);
    }
  }

  get #hasMoved(): boolean {
    return this.#place.position !== this.#written.position || this.#receipts.position !== this.#written.receipts;
  }

  /** Makes the position durable and lets go of the segments below it. Never rejects: without it facts come again, which does no harm. */
  async #writePosition(): Promise<void> {
    this.#makeRoom();
    if (!this.#hasMoved) return;
    const written = { ...this.#place, receipts: this.#receipts.position };
    try {
      const text = JSON.stringify({ version: 1, ...written });
      await writeFileDurably(this.#options.fileSystem, pathOf(this.#options), Buffer.from(text));
      faultPoint('spool.position.written');
      this.#written = written;
      await this.#journal.dropBelow(Math.min(written.position, written.receipts));
      this.#positionError = undefined;
    } catch (thrown) {
      this.#positionError = toVoorrangError(thrown);
    }
  }

  /** A store of receipts that is away for long must not make the edge refuse facts: a repeat that is processed again does no harm. */
  #makeRoom(): void {
    const { limitBytes } = this.#options;
    const held = this.#place.position - this.#receipts.position;
    if (limitBytes === undefined || held <= 0 || this.#journal.sizeBytes <= limitBytes / 2) return;
    this.#letGo += held;
    this.#receipts.letGoBelow(this.#place.position);
  }
}

/** Without a position that can be read all facts kept come again, and the newest instant is asked of them. */
function placeIn(bytes: Uint8Array | undefined): Written {
  const { position, observedAt, receipts } = objectIn(bytes) ?? {};
  return isPlace(position) && isPlace(observedAt)
    ? { position, observedAt, receipts: isPlace(receipts) ? receipts : position }
    : { position: 0, observedAt: 0, receipts: 0 };
}

const pathOf = ({ directory }: SpoolRelayOptions): string => posix.join(directory, 'position.json');

function recordOf(event: Event): OutgoingRecord {
  const topic = topicOf(event.type);
  if (topic === undefined) throw new Error('unreachable: accept refuses types without a topic');
  const { traceparent } = event;
  return {
    topic,
    key: event.key,
    value: encodeEvent(event),
    ...(traceparent === undefined ? {} : { headers: { traceparent } }),
  };
}
