import { type EventHandler, type HandlerResult, skip } from '@voorrang/bus';
import type { EventOf } from '@voorrang/contracts';
import type { Clock } from '@voorrang/kernel';
import { observationsOf } from '../domain/observations.ts';
import type { SettlingLimits } from '../domain/settling.ts';
import type { StudyBook } from './ports.ts';

export type AssembleDeps = {
  readonly book: StudyBook;
  readonly limits: SettlingLimits;
  readonly clock: Clock;
  /** Called after the effect with the age in milliseconds of the newest fact of the batch. */
  readonly onRecorded: (lagMs: number) => void;
};

/** Handles a batch of the topic `imaging`: notes instances and due times in one transaction. Derived events are skipped. */
export const assemble =
  ({ book, limits, clock, onRecorded }: AssembleDeps): EventHandler =>
  async (events): Promise<HandlerResult[]> => {
    const observed = events.filter((event): event is EventOf<'series.observed'> => event.type === 'series.observed');
    if (observed.length > 0) await book.record(observationsOf(observed), limits);
    const newest = Math.max(...observed.map(({ stamp }) => stamp.observedAt));
    if (observed.length > 0) onRecorded(Math.max(0, clock.now() - newest));
    return events.map((event) => (event.type === 'series.observed' ? { kind: 'ack' } : skip('not of the assembler')));
  };
