import { type Clock, type DurationMs, toVoorrangError, type VoorrangError } from '@voorrang/kernel';
import type { Logger } from '@voorrang/platform';

/** What a round of a background loop leaves to do: nothing for at most so long, unless nudged. 0 = go on at once. */
export type RoundResult = { readonly waitMs: DurationMs };

export type LoopOptions = {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly round: () => Promise<RoundResult>;
};

export interface Loop {
  /** There may be something to do now. Cheap, never throws; one that comes during a round makes another round follow. */
  nudge(): void;
  /** The error of the last round while rounds keep failing. */
  readonly error: VoorrangError | undefined;
  /** Finishes the round in hand. */
  stop(): Promise<void>;
}

const firstBackoffMs = 100;
const lastBackoffMs = 5_000;

/** Runs rounds for ever. A failing round is tried again after 0.1 to 5 s, each time at a random point, until it works: no outage ends the loop. */
export function startLoop({ name, clock, logger, round }: LoopOptions): Loop {
  const stopping = new AbortController();
  let wake = new AbortController();
  let nudged = false;
  let failures = 0;
  let error: VoorrangError | undefined;

  const step = async (): Promise<DurationMs> => {
    try {
      const { waitMs } = await round();
      if (failures > 0) logger.info('background work goes on again', { loop: name, failures });
      failures = 0;
      error = undefined;
      return waitMs;
    } catch (thrown) {
      failures += 1;
      error = toVoorrangError(thrown);
      if (failures === 1) logger.warn('background work fails and is tried again', { loop: name, code: error.code });
      if (error.code === 'VRG_INTERNAL')
        logger.error('background work met an unexpected error', thrown, { loop: name });
      nudged = false;
      return Math.min(lastBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      nudged = false;
      const waitMs = await step();
      if (stopping.signal.aborted) return;
      if (waitMs > 0 && !nudged) {
        wake = new AbortController();
        await clock.wait(waitMs, AbortSignal.any([wake.signal, stopping.signal]));
      }
    }
  };
  const running = run();

  return {
    nudge: () => {
      nudged = true;
      wake.abort();
    },
    get error() {
      return error;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
