import { type Clock, type DurationMs, seconds, toVoorrangError } from '@voorrang/kernel';
import type { LogFields, Logger } from '@voorrang/platform';

/**
 * Log lines of things that may happen thousands of times: the first of a kind is written at once, those that follow are counted and told as one line per
 * period. `kind` comes from a closed set.
 */
export type EpisodeLog = {
  readonly happened: (kind: string, message: string, fields: LogFields, error?: unknown) => void;
  /** Tells that it is over, with the count, for each kind that is open. */
  readonly over: (message: string) => void;
  /** Tells what was counted and not yet told, and ends the waiting. */
  readonly close: () => void;
};

type Episode = { readonly message: string; total: number; untold: number };

const defaultPeriodMs = seconds(60);

/** With `endsInSilence` an episode is over after a period in which nothing happened; else only `over` ends it. */
export function createEpisodeLog(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  { endsInSilence, periodMs = defaultPeriodMs }: { readonly endsInSilence: boolean; readonly periodMs?: DurationMs },
): EpisodeLog {
  const open = new Map<string, Episode>();
  let closed = new AbortController();

  const tell = (kind: string, episode: Episode): void => {
    if (episode.untold === 0) return;
    logger.warn(`${episode.message}, repeatedly`, { kind, count: episode.untold });
    episode.untold = 0;
  };

  const follow = async (kind: string, episode: Episode, signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.wait(periodMs, signal);
      if (signal.aborted || open.get(kind) !== episode) return;
      if (episode.untold === 0 && endsInSilence) {
        open.delete(kind);
        return;
      }
      tell(kind, episode);
    }
  };

  return {
    happened: (kind, message, fields, error) => {
      const known = open.get(kind);
      if (known !== undefined) {
        known.total += 1;
        known.untold += 1;
        return;
      }
      const episode = { message, total: 1, untold: 0 };
      open.set(kind, episode);
      if (error === undefined) logger.warn(message, { kind, ...fields });
      else logger.error(message, error, { kind, ...fields });
      void follow(kind, episode, closed.signal);
    },
    over: (message) => {
      if (open.size === 0) return;
      for (const [kind, { total }] of open) logger.info(message, { kind, count: total });
      open.clear();
      closed.abort();
      closed = new AbortController();
    },
    close: () => {
      closed.abort();
      for (const [kind, episode] of open) tell(kind, episode);
      open.clear();
      closed = new AbortController();
    },
  };
}

/** What the edges share: connections that were refused or ended early, and times in which facts cannot be made durable. */
export type EdgeLogs = { readonly connections: EpisodeLog; readonly outages: EpisodeLog };

export const createEdgeLogs = (deps: { readonly clock: Clock; readonly logger: Logger }): EdgeLogs => ({
  connections: createEpisodeLog(deps, { endsInSilence: true }),
  outages: createEpisodeLog(deps, { endsInSilence: false }),
});

/** A fact could not be made durable. A full disk or spool says everything by its code; anything else is told with its frames. */
export function tellNotDurable({ outages }: EdgeLogs, thrown: unknown, fields: LogFields): void {
  const { code } = toVoorrangError(thrown);
  const full = code === 'VRG_STORAGE_FULL' || code === 'VRG_SPOOL_FULL';
  outages.happened(code, 'facts could not be made durable', fields, full ? undefined : thrown);
}

export const tellDurable = ({ outages }: EdgeLogs): void => outages.over('facts are durable again');
