import { posix } from 'node:path';
import { type Event, eventIdOf, type NewEvent, topicOf } from '@voorrang/contracts';
import { type FileSystem, type Journal, openJournal, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { type Clock, type DurationMs, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import type { EventBus, FactSpool, Receipt } from './ports.ts';
import { decodeObservedAt, encodeFact, encodeReceipt } from './spool/fact-codec.ts';
import type { ReceiptSink } from './spool/receipt-relay.ts';
import { SpoolRelay } from './spool/spool-relay.ts';

export type SpoolOptions = {
  /** Holds the journal of the spool, its ingest id and the position of its relay. One process at a time. */
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** Names a new spool; called once in the life of the directory. 1 to 64 characters of A-Z, a-z, 0-9, hyphen. */
  readonly newIngestId: () => string;
  /** `accept` rejects with `VRG_SPOOL_FULL` when the facts that wait would exceed this many bytes on disk. */
  readonly limitBytes?: number;
  readonly segmentBytes?: number;
  /**
   * Merges two facts of one type, source and site that follow each other in one key within 1 s, or answers `undefined` to keep both. The merged fact gets the
   * stamp of the first and the id of the range. After a crash a fact may come again merged in other borders, so merged data must be a union
   * that can be applied twice.
   */
  readonly coalesce?: (first: NewEvent, next: NewEvent) => NewEvent | undefined;
  /** Facts relayed in one publish at most; default 500. */
  readonly relayBatch?: number;
  /** The relay position is written at most this often; default 250 ms. */
  readonly positionEveryMs?: DurationMs;
  /** 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
};

export type Spool = FactSpool & {
  readonly ingestId: string;
  /**
   * Receipts that are durable here and not yet known to be in the sink, oldest first: to be read before `start`, so that none is missed between the sink
   * and this spool.
   */
  receipts(): AsyncIterable<readonly Receipt[]>;
  /** Begins to relay to the bus, and receipts to their sink; without a sink they are let go. */
  start(onReceipts?: ReceiptSink): void;
  /**
   * Records whose receipts were let go because the spool was more than half full while their sink was away: a repeat of such a message is processed
   * again. Facts are never let go.
   */
  readonly receiptsLetGo: number;
  /** Ends the relay after the publish in hand, writes its position, closes the journal. */
  stop(): Promise<void>;
  /** Resolves when all facts that were durable at the call are on the bus, or the signal aborts. */
  drained(signal?: AbortSignal): Promise<void>;
};

/** The relays of facts and receipts follow the head of the journal from memory; further behind they read the disk. */
const recentBytes = 4 * 1024 * 1024;

/** Bytes: with its envelope such a fact stays below the 1 MB that Kafka takes as one message. */
export const longestFact = 900 * 1024;

/**
 * Opens or creates the spool of an edge. Rejects as `openJournal` does, and with `VRG_JOURNAL_CORRUPT` when the journal is shorter than what was relayed.
 * Nothing is relayed before `start`.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, fileSystem, limitBytes, segmentBytes } = options;
  const journal = await openJournal({
    directory: posix.join(directory, 'facts'),
    fileSystem,
    recentBytes,
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  try {
    const ingestId = await ingestIdOf(options);
    const relay = await SpoolRelay.open(journal, ingestId, options);
    return new DurableSpool(journal, ingestId, relay, options.clock, await latestStampOf(journal, relay));
  } catch (thrown) {
    await journal.close();
    throw thrown;
  }
}

async function ingestIdOf({ directory, fileSystem, newIngestId }: SpoolOptions): Promise<string> {
  const path = posix.join(directory, 'ingest-id');
  const known = await readFileIfPresent(fileSystem, path);
  if (known !== undefined) return Buffer.from(known).toString();
  const made = newIngestId();
  if (!/^[A-Za-z0-9-]{1,64}$/.test(made)) throw new RangeError('an ingest id is 1 to 64 letters, digits and hyphens');
  await writeFileDurably(fileSystem, path, Buffer.from(made));
  return made;
}

/** The newest `observedAt` of the spool: the clock may have been set back while the process was away. */
async function latestStampOf(journal: Journal, relay: SpoolRelay): Promise<number> {
  let latest = relay.observedAt;
  for await (const records of journal.read(relay.position))
    for (const record of records) latest = Math.max(latest, decodeObservedAt(record.payload));
  return latest;
}

class DurableSpool implements Spool {
  readonly ingestId: string;
  readonly #journal: Journal;
  readonly #relay: SpoolRelay;
  readonly #clock: Clock;
  #latest: number;
  /** The last append had no room, with the size on disk then. */
  #noRoom: { readonly error: VoorrangError; readonly sizeBytes: number } | undefined;

  constructor(journal: Journal, ingestId: string, relay: SpoolRelay, clock: Clock, latest: number) {
    this.#journal = journal;
    this.ingestId = ingestId;
    this.#relay = relay;
    this.#clock = clock;
    this.#latest = latest;
  }

  get health(): FactSpool['health'] {
    const waiting = this.#journal.head - this.#relay.position;
    const error = this.#journal.failure ?? this.#refusal ?? this.#relay.error;
    return { ok: error === undefined, detail: error?.message ?? 'relaying', waiting };
  }

  /**
   * Rejects with `VRG_EVENT_UNDECODABLE` for a type that no topic carries, `VRG_EVENT_TOO_LARGE` above 900 KB, `VRG_SPOOL_FULL`, `VRG_STORAGE_FULL`, or `VRG_JOURNAL_FAILED`, after which the
   * facts may or may not come to be. All facts of one call become durable together and are stamped with the same instant. Receipts stand behind the facts, so
   * that a torn write never keeps a receipt without its facts.
   */
  async accept(
    facts: readonly NewEvent[],
    { receipts = [] }: { readonly receipts?: readonly Receipt[] } = {},
  ): Promise<readonly Event[]> {
    const homeless = facts.find(({ type }) => topicOf(type) === undefined);
    if (homeless !== undefined)
      throw new VoorrangError('VRG_EVENT_UNDECODABLE', 'no topic carries events of this type', {
        details: { type: homeless.type },
      });
    // Time is read and the append is begun in one turn: numbers and instants grow together.
    const observedAt = Math.max(this.#clock.now(), this.#latest);
    this.#latest = observedAt;
    const payloads = facts.map((fact) => encodeFact(fact, observedAt));
    for (const receipt of receipts) payloads.push(encodeReceipt(receipt, observedAt));
    // Refused here, where somebody is told: what no bus takes would stop the relay for ever.
    const tooLarge = payloads.find(({ length }) => length > longestFact);
    if (tooLarge !== undefined)
      throw new VoorrangError('VRG_EVENT_TOO_LARGE', undefined, {
        details: { bytes: tooLarge.length, limit: longestFact },
      });
    const first = await this.#append(payloads);
    return facts.map((fact, at) => {
      const stamp = { observedAt, ingestId: this.ingestId, seq: first + at };
      return { ...fact, id: eventIdOf(stamp), stamp };
    });
  }

  /** Why facts are refused: until a fact fits again, or the relay has made room. */
  get #refusal(): VoorrangError | undefined {
    return this.#noRoom !== undefined && this.#journal.sizeBytes >= this.#noRoom.sizeBytes
      ? this.#noRoom.error
      : undefined;
  }

  async #append(payloads: readonly Uint8Array[]): Promise<number> {
    try {
      const first = await this.#journal.append(payloads);
      this.#noRoom = undefined;
      return first;
    } catch (thrown) {
      const error = toVoorrangError(thrown);
      if (error.code === 'VRG_SPOOL_FULL' || error.code === 'VRG_STORAGE_FULL')
        this.#noRoom = { error, sizeBytes: this.#journal.sizeBytes };
      throw thrown;
    }
  }

  receipts(): AsyncIterable<readonly Receipt[]> {
    return this.#relay.receipts();
  }

  get receiptsLetGo(): number {
    return this.#relay.receiptsLetGo;
  }

  start(onReceipts?: ReceiptSink): void {
    this.#relay.start(onReceipts);
  }

  async stop(): Promise<void> {
    await this.#relay.stop();
    await this.#journal.close();
  }

  drained(signal?: AbortSignal): Promise<void> {
    return this.#relay.reached(this.#journal.head, signal);
  }
}
