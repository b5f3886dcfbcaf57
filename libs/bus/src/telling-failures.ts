import { type ErrorCode, toVoorrangError } from '@voorrang/kernel';
import type { BatchHandler } from './ports.ts';

/** The part of the platform's logger that the runner writes to. */
export type RunnerLogger = {
  info(message: string, fields?: Readonly<Record<string, string | number>>): void;
  error(message: string, error?: unknown, fields?: Readonly<Record<string, string | number>>): void;
};

/** Failures in a row of one partition before it is told: a retry or two is daily work. */
const toldAfter = 3;

/** Tells once, with its code and frames, that a partition does not get on, and once that it does again. Its retries stay those of the bus. */
export function tellingFailures(handler: BatchHandler, group: string, logger: RunnerLogger): BatchHandler {
  const failing = new Map<string, { count: number; told: ErrorCode | undefined }>();
  return async (records, context) => {
    const { partitionKey } = context;
    try {
      await handler(records, context);
    } catch (thrown) {
      const { code } = toVoorrangError(thrown);
      const episode = failing.get(partitionKey) ?? { count: 0, told: undefined };
      episode.count += 1;
      failing.set(partitionKey, episode);
      if (!context.signal.aborted && episode.count >= toldAfter && episode.told !== code) {
        episode.told = code;
        logger.error('a partition waits: its events fail again and again', thrown, { group, partition: partitionKey });
      }
      throw thrown;
    }
    const over = failing.get(partitionKey);
    failing.delete(partitionKey);
    if (over?.told !== undefined) logger.info('a partition goes on', { group, partition: partitionKey });
  };
}
