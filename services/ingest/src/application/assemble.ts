import { type EventHandler, type HandlerResult, skip } from '@voorrang/bus';
import type { KnownEvent } from '@voorrang/contracts';
import type { Clock } from '@voorrang/kernel';
import type { SettlingSettings } from '../domain/grow-study.ts';
import { type ImagingFact, observationsOf } from '../domain/observations.ts';
import type { StudyBook } from './ports.ts';

export type AssembleDeps = {
  readonly book: StudyBook;
  readonly settings: SettlingSettings;
  readonly clock: Clock;
  /** Called after the effect with the age in milliseconds of the newest fact of the batch, and how many contradictions it showed. */
  readonly onRecorded: (lagMs: number, conflicts: number) => void;
};

const isImagingFact = (event: KnownEvent): event is ImagingFact =>
  event.type === 'series.observed' || event.type === 'images.announced';

/** Handles a batch of the topic `imaging`: notes instances, steps and due times in one transaction. Derived events are skipped. */
export const assemble =
  ({ book, settings, clock, onRecorded }: AssembleDeps): EventHandler =>
  async (events): Promise<HandlerResult[]> => {
    const facts = events.filter(isImagingFact);
    if (facts.length > 0) {
      const { conflicts } = await book.record(observationsOf(facts), settings, clock.now());
      const newest = Math.max(...facts.map(({ stamp }) => stamp.observedAt));
      onRecorded(Math.max(0, clock.now() - newest), conflicts);
    }
    return events.map((event) => (isImagingFact(event) ? { kind: 'ack' } : skip('not of the assembler')));
  };
