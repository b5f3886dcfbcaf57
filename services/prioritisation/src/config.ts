import { minutes, seconds } from '@voorrang/kernel';
import type { Schedule } from './application/ports.ts';

export type PrioritisationConfig = Partial<Schedule> & {
  /** Where the snapshot is kept. Losing it costs time, nothing else. */
  readonly snapshotDirectory: string;
};

export const configWithDefaults = (config: PrioritisationConfig): Required<PrioritisationConfig> => ({
  snapshotEveryFacts: 20_000,
  snapshotEveryMs: minutes(10),
  sweepEveryMs: seconds(1),
  ...config,
});
