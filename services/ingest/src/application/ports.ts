import type { EpochMs } from '@voorrang/kernel';
import type { StudyObservation } from '../domain/observations.ts';
import type { SettlingLimits } from '../domain/settling.ts';

/**
 * What is known of the images of every study, durably, with stored due times. Every method is atomic and may be repeated:
 * instances are a set, so an observation that was recorded before changes nothing.
 */
export interface StudyBook {
  record(observations: readonly StudyObservation[], limits: SettlingLimits): Promise<void>;
  /** The earliest stored due time. */
  nextDueAt(): Promise<EpochMs | undefined>;
  /** Settles what is due at `now` and appends `study.settled` to the outbox in the same transaction. Resolves with how many. */
  settleDue(now: EpochMs): Promise<number>;
}
