import { posix } from 'node:path';
import { type Event, encodeEvent, eventIdOf, type NewEvent, topicOf } from '@voorrang/contracts';
import { type FileSystem, type Journal, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { type Clock, type EpochMs, faultPoint, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { backoffMs } from '../backoff.ts';
import { ChangeSignal } from '../change-signal.ts';
import type { EventBus, OutgoingRecord } from '../ports.ts';
import { isPlace, objectIn } from '../small-file.ts';
import { coalesceFacts } from './coalesce-facts.ts';
import { decodeFact } from './fact-codec.ts';

export type SpoolRelayOptions = {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly coalesce?: (first: NewEvent, next: NewEvent) => NewEvent | undefined;
  readonly relayBatch?: number;
  readonly positionEveryMs?: number;
  readonly random?: () => number;
};

type Place = { readonly position: number; readonly observedAt: EpochMs };

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
  #place: Place;
  #written: Place;
  #running: Promise<unknown> = Promise.resolve();
  #publishError: VoorrangError | undefined;
  #positionError: VoorrangError | undefined;

  private constructor(journal: Journal, ingestId: string, options: SpoolRelayOptions, place: Place) {
    this.#journal = journal;
    this.#ingestId = ingestId;
    this.#options = options;
    this.#place = place;
    this.#written = place;
  }

  /** Rejects with `VRG_JOURNAL_CORRUPT` when the journal ends before the position: facts are missing, and their numbers would be given out again. */
  static async open(journal: Journal, ingestId: string, options: SpoolRelayOptions): Promise<SpoolRelay> {
    const { position, observedAt } = placeIn(await readFileIfPresent(options.fileSystem, pathOf(options)));
    if (position > journal.head)
      throw new VoorrangError(
        'VRG_JOURNAL_CORRUPT',
        `the spool in ${options.directory} has lost facts that were relayed already; move it away and start with a new spool directory`,
        { details: { directory: options.directory, position, head: journal.head } },
      );
    return new SpoolRelay(journal, ingestId, options, { position: Math.max(position, journal.tail), observedAt });
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
    return this.#publishError ?? this.#positionError;
  }

  start(): void {
    this.#running = Promise.all([this.#relay(), this.#writePositions()]);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
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
        await this.#relayBatch();
        failures = 0;
      } catch (thrown) {
        failures += 1;
        this.#publishError = toVoorrangError(thrown);
        await this.#options.clock.wait(backoffMs(failures, this.#options.random ?? Math.random), signal);
      }
    }
  }

  async #relayBatch(): Promise<void> {
    const { bus, coalesce } = this.#options;
    const facts = await this.#nextFacts();
    const last = facts.at(-1);
    if (last === undefined) return;
    const events = coalesce === undefined ? facts : coalesceFacts(facts, coalesce);
    await bus.publish(events.map(recordOf));
    faultPoint('spool.relay.published');
    this.#publishError = undefined;
    this.#place = {
      position: last.stamp.seq + 1,
      observedAt: Math.max(this.#place.observedAt, last.stamp.observedAt),
    };
    this.#changed.notify();
  }

  async #nextFacts(): Promise<readonly Event[]> {
    const most = this.#options.relayBatch ?? 500;
    const events: Event[] = [];
    let bytes = 0;
    for await (const records of this.#journal.read(this.#place.position)) {
      for (const { seq, payload } of records) {
        bytes += payload.length;
        if (events.length === most || (events.length > 0 && bytes > publishBytes)) return events;
        const { observedAt, fact } = decodeFact(payload);
        const stamp = { observedAt, ingestId: this.#ingestId, seq };
        events.push({ ...fact, id: eventIdOf(stamp), stamp });
      }
    }
    return events;
  }

  /** Writes the position when it has moved, then rests: it is not worth a sync per fact. */
  async #writePositions(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#changed.until(() => this.#place !== this.#written, signal);
      if (signal.aborted) return;
      await this.#writePosition();
      await this.#options.clock.wait(this.#options.positionEveryMs ?? 250, signal);
    }
  }

  /** Makes the position durable and lets go of the segments below it. Never rejects: without it facts come again, which does no harm. */
  async #writePosition(): Promise<void> {
    const place = this.#place;
    if (place === this.#written) return;
    try {
      const text = JSON.stringify({ version: 1, ...place });
      await writeFileDurably(this.#options.fileSystem, pathOf(this.#options), Buffer.from(text));
      faultPoint('spool.position.written');
      this.#written = place;
      await this.#journal.dropBelow(place.position);
      this.#positionError = undefined;
    } catch (thrown) {
      this.#positionError = toVoorrangError(thrown);
    }
  }
}

/** Without a position that can be read all facts kept come again, and the newest instant is asked of them. */
function placeIn(bytes: Uint8Array | undefined): Place {
  const { position, observedAt } = objectIn(bytes) ?? {};
  return isPlace(position) && isPlace(observedAt) ? { position, observedAt } : { position: 0, observedAt: 0 };
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
