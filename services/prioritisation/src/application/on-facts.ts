import { ack, type EventHandler, type HandlerContext } from '@voorrang/bus';
import { type Clock, seconds } from '@voorrang/kernel';
import type { Measures } from './measures.ts';
import type { Projector } from './projector.ts';
import type { ProtocolBook } from './protocol-book.ts';

export type OnFactsDeps = {
  readonly projector: Projector;
  readonly protocols: ProtocolBook;
  readonly clock: Clock;
  readonly measures: Measures;
  /** Told after each batch, for the snapshot that is due after so many. */
  readonly onFolded: (count: number) => void;
};

/** Folds a batch and answers when its rows are in the store, so the position moves only after the effect. */
export function onFacts({ projector, protocols, clock, measures, onFolded }: OnFactsDeps): EventHandler {
  return async (events, context) => {
    for (const event of events) protocols.note(event);
    const topics = context.records.map(({ topic }) => topic);
    projector.fold(
      events.map((event, at) => ({ topic: topics[at] ?? '', event })),
      context.positions,
    );
    measures.folded(events);
    onFolded(events.length);
    const live = projector.phase === 'current';
    await alive(projector.flush(), clock, context);
    if (live) measures.written(events, clock.now());
    return ack();
  };
}

/** A rebuild may take longer than a membership lives without a sign. */
async function alive(work: Promise<void>, clock: Clock, context: HandlerContext): Promise<void> {
  let done = false;
  const over = new AbortController();
  const finished = work.finally(() => {
    done = true;
    over.abort();
  });
  while (!done) {
    await Promise.race([finished, clock.wait(seconds(2), over.signal)]);
    if (!done) await context.heartbeat();
  }
  await finished;
}
