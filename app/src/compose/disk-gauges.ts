import { statfs } from 'node:fs/promises';
import { type Clock, seconds } from '@voorrang/kernel';
import type { Metrics } from '@voorrang/platform';

export type DiskGaugesOptions = {
  /** The data directory. */
  readonly directory: string;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Size of the log, where it is on this disk. */
  readonly busBytes?: () => number;
};

const everyMs = seconds(10);

/**
 * Shows how large the log is and what room it has left: nothing is deleted from it yet, so somebody has to look. Resolves what it returns when the last look is over.
 */
export function diskGauges({ directory, metrics, clock, busBytes }: DiskGaugesOptions): () => Promise<void> {
  const free = metrics.gauge('voorrang_data_free_bytes', 'bytes left for us on the disk of the data directory');
  const bus =
    busBytes && metrics.gauge('voorrang_bus_bytes', 'bytes of the log on this disk, from which nothing is deleted yet');
  const ending = new AbortController();
  const look = async (): Promise<void> => {
    if (busBytes !== undefined) bus?.set(busBytes());
    const { bavail, bsize } = await statfs(directory).catch(() => ({ bavail: Number.NaN, bsize: 1 }));
    free.set(bavail * bsize);
  };
  const looking = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await look();
      await clock.wait(everyMs, ending.signal);
    }
  };
  const running = looking();
  return () => {
    ending.abort();
    return running;
  };
}
