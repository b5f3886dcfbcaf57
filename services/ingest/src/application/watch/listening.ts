import { type Clock, type DurationMs, type EpochMs, seconds } from '@voorrang/kernel';
import type { Logger } from '@voorrang/platform';
import { type Loop, startLoop } from '@voorrang/sql';
import { addSample, type SkewSamples } from '../../domain/watch/clock-skew.ts';
import { slotOf } from '../../domain/watch/rhythm.ts';
import type { Mark, SenderBook } from './ports.ts';
import type { WatchedSender } from './watched-senders.ts';

/** One contact with a sender as an edge tells it. `sentAt` is what its own clock said, where it said so. */
export type Contact = {
  readonly at: EpochMs;
  readonly sentAt?: EpochMs | null;
  readonly tls?: boolean;
};

/** How often what was heard is written, and how often at least that we listen. */
export const flushMs: DurationMs = seconds(5);
const listeningMs: DurationMs = seconds(60);
/** Samples of a clock are written no more often than this. */
const measuredMs: DurationMs = seconds(30);

type Known = { samples: SkewSamples; tls: boolean | null; changed: boolean };

/**
 * What the edges hear, counted in memory and written in one statement every few seconds. A crash loses the last seconds of it: a sender is then thought to have been
 * silent for so much longer, which the patience with it allows for.
 */
export class Listening {
  readonly #book: SenderBook;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onStored: () => void;
  #marks = new Map<string, Mark>();
  readonly #known = new Map<string, Known>();
  #loop: Loop | undefined;
  #listenedAt = 0;
  #measuredAt = 0;

  constructor(deps: {
    readonly book: SenderBook;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly onStored: () => void;
  }) {
    this.#book = deps.book;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#onStored = deps.onStored;
  }

  /** Cheap: no I/O. */
  heard({ id }: WatchedSender, { at, sentAt, tls }: Contact): void {
    this.#mark(id, at, 1);
    const known = this.#known.get(id) ?? { samples: [], tls: null, changed: false };
    this.#known.set(id, known);
    if (tls !== undefined && tls !== known.tls) {
      known.tls = tls;
      known.changed = true;
    }
    if (sentAt === undefined || sentAt === null) return;
    known.samples = addSample(known.samples, sentAt - at);
    known.changed = true;
  }

  /** What was stored by an earlier start, so that the median goes on. */
  resume(sender: string, samples: SkewSamples): void {
    this.#known.set(sender, { samples, tls: null, changed: false });
  }

  start(): void {
    this.#loop = startLoop({
      name: 'ingest listening',
      clock: this.#clock,
      logger: this.#logger,
      round: async () => {
        await this.flush();
        return { waitMs: flushMs };
      },
    });
  }

  /** Writes what was heard since; on a failure it is kept for the next time. */
  async flush(): Promise<void> {
    const now = this.#clock.now();
    if (this.#marks.size > 0 || now - this.#listenedAt >= listeningMs) this.#mark('', now, 0);
    if (this.#marks.size === 0) return;
    const marks = this.#marks;
    const changed = now - this.#measuredAt < measuredMs ? [] : [...this.#known].filter(([, known]) => known.changed);
    this.#marks = new Map();
    try {
      await this.#book.store(
        [...marks.values()],
        changed.map(([sender, { samples, tls }]) => ({ sender, samples, tls })),
        now,
      );
    } catch (error) {
      for (const mark of marks.values()) this.#add(mark);
      throw error;
    }
    this.#listenedAt = now;
    if (changed.length > 0) this.#measuredAt = now;
    for (const [, known] of changed) known.changed = false;
    this.#onStored();
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
    this.#loop = undefined;
    this.#measuredAt = 0;
    this.#listenedAt = 0;
    await this.flush().catch(() => undefined);
  }

  #mark(sender: string, at: EpochMs, messages: number): void {
    this.#add({ sender, slotAt: slotOf(at), messages, lastAt: at });
  }

  #add(mark: Mark): void {
    const key = `${mark.slotAt} ${mark.sender}`;
    const known = this.#marks.get(key);
    this.#marks.set(
      key,
      known === undefined
        ? mark
        : { ...mark, messages: known.messages + mark.messages, lastAt: Math.max(known.lastAt, mark.lastAt) },
    );
  }
}
