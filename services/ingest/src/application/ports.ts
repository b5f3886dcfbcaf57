import type { NewEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { SettlingSettings } from '../domain/grow-study.ts';
import type { StudyObservation } from '../domain/observations.ts';
import type { PerformedStep, StepDecision, StepMessage } from '../domain/performed-step.ts';
import type { Quarantined, QuarantineEntry, QuarantineState } from '../domain/quarantine.ts';
import type { MessageReceipt } from '../domain/receipts.ts';

/** What became of the performed procedure steps of modalities, durably. */
export interface StepBook {
  /**
   * Decides on one message (`decideStep`). One that is taken is stored and its facts, made of what the step is then, are appended to the outbox in the same
   * transaction: the modality is answered after it.
   */
  take(given: {
    readonly site: string;
    readonly procedureStepUid: string;
    readonly message: StepMessage;
    readonly factsOf: (step: PerformedStep) => readonly NewEvent[];
    readonly now: EpochMs;
  }): Promise<StepDecision['kind']>;
}

/**
 * What is known of the images of every study, durably, with stored due times. Every method is atomic and may be repeated:
 * instances are a set, so an observation that was recorded before changes nothing.
 */
export interface StudyBook {
  /**
   * Notes instances, series and procedure steps, and when the study will be settled. Contradictions that were not known before are appended to the outbox as
   * `study.conflicted` in the same transaction; resolves with how many.
   */
  record(
    observations: readonly StudyObservation[],
    settings: SettlingSettings,
    now: EpochMs,
  ): Promise<{ readonly conflicts: number }>;
  /** The earliest stored due time. */
  nextDueAt(): Promise<EpochMs | undefined>;
  /** Settles what is due at `now` and appends `study.settled` to the outbox in the same transaction. Resolves with how many. */
  settleDue(now: EpochMs): Promise<number>;
}

/** Entries that gave way to newer ones, by the state they were in. */
export type GaveWay = Readonly<Partial<Record<QuarantineState, number>>>;
export type ResolvedBy = { readonly by: string; readonly at: EpochMs; readonly note?: string };

/**
 * What came and could not be used, durably and within bounds. Every method is atomic. Entries that appear or are dealt with raise and clear the operations
 * alert `quarantine` of their sender, in the same transaction.
 */
export interface QuarantineStore {
  /** Keeps each, or counts it once more when the same is there; a state that was reached is never left. Resolves with what gave way for it. */
  keep(entries: readonly Quarantined[]): Promise<GaveWay>;
  /** Newest first. `before` is the last entry of the page before. */
  list(page: {
    readonly state?: QuarantineState;
    readonly limit: number;
    readonly before?: { readonly receivedAt: EpochMs; readonly id: string };
  }): Promise<readonly QuarantineEntry[]>;
  read(id: string): Promise<{ readonly entry: QuarantineEntry; readonly content: Uint8Array } | undefined>;
  /** From `open` or `flagged` only. True when this call did it. */
  resolve(id: string, state: 'replayed' | 'dismissed', how: ResolvedBy): Promise<boolean>;
  /** Ids of entries that are open. */
  openIds(): Promise<readonly string[]>;
  counts(): Promise<Readonly<Record<QuarantineState, number>>>;
  /** Removes entries that were dealt with, or only flagged, before `instant`. */
  purge(instant: EpochMs): Promise<void>;
}

/** Receipts of messages that were taken. A receipt of a message (key and content) replaces an older one of it. */
export interface ReceiptStore {
  keep(receipts: readonly MessageReceipt[]): Promise<void>;
  /** At most `count`, oldest first. */
  newest(count: number): Promise<readonly MessageReceipt[]>;
  /** Removes those before `instant`, and all but the newest `count`. */
  purge(instant: EpochMs, count: number): Promise<void>;
}
