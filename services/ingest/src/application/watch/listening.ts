import { instantOf } from '@voorrang/hl7';
import { type Clock, type DurationMs, type EpochMs, seconds } from '@voorrang/kernel';
import type { Logger } from '@voorrang/platform';
import { type Loop, startLoop } from '@voorrang/sql';
import { addSample, type SkewSamples } from '../../domain/watch/clock-skew.ts';
import { slotOf } from '../../domain/watch/rhythm.ts';
import type { Mark, SenderBook } from './ports.ts';
import type { WatchedSender } from './watched-senders.ts';

/** One contact with a sender as an edge tells it. The times are text as sent: DT (PS3.5 §6.2) or TS (HL7 v2.5.1 §2.A.76), in the zone of the site where they name none. */
export type ImageContact = {
  readonly at: EpochMs;
  readonly tls: boolean;
  /** When the images of a series were acquired. */
  readonly acquired?: { readonly seriesInstanceUid: string; readonly time: string | null };
};
export type MessageContact = { readonly at: EpochMs; readonly tls: boolean; readonly sentTime: string };

/** What the edges tell of each contact. Cheap, never throws; senders that the protocol does not name are left out. */
export type Heard = {
  readonly images: (callingAe: string, contact: ImageContact) => void;
  readonly message: (application: string, facility: string, contact: MessageContact) => void;
};

/** How often what was heard is written, and how often at least that we listen. */
export const flushMs: DurationMs = seconds(5);
const listeningMs: DurationMs = seconds(60);
/** Samples of a clock are written no more often than this. */
const measuredMs: DurationMs = seconds(30);

type Known = { samples: SkewSamples; tls: boolean | null; series: string | null; changed: boolean };

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

  message(sender: WatchedSender, { at, tls, sentTime }: MessageContact): void {
    this.#sample(this.#contact(sender, at, tls), instantOf(sentTime, sender.timeZone), at);
  }

  /** Images of one series were acquired at about the same time, so they are one sample of the clock. */
  images(sender: WatchedSender, { at, tls, acquired }: ImageContact): void {
    const known = this.#contact(sender, at, tls);
    if (acquired === undefined || acquired.time === null || acquired.seriesInstanceUid === known.series) return;
    known.series = acquired.seriesInstanceUid;
    // HL7 has at most four digits of a second, DICOM six.
    this.#sample(known, instantOf(acquired.time.replace(/\.\d+/, ''), sender.timeZone), at);
  }

  #contact({ id }: WatchedSender, at: EpochMs, tls: boolean): Known {
    this.#mark(id, at, 1);
    const known = this.#known.get(id) ?? { samples: [], tls: null, series: null, changed: false };
    this.#known.set(id, known);
    if (tls !== known.tls) {
      known.tls = tls;
      known.changed = true;
    }
    return known;
  }

  #sample(known: Known, theirs: EpochMs | null, ours: EpochMs): void {
    if (theirs === null) return;
    known.samples = addSample(known.samples, theirs - ours);
    known.changed = true;
  }

  /** What was stored by an earlier start, so that the median goes on. */
  resume(sender: string, samples: SkewSamples): void {
    this.#known.set(sender, { samples, tls: null, series: null, changed: false });
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
