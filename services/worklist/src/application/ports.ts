import type { NewEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Claim } from '../domain/claim.ts';

/** The study that a person acts on. */
export type StudyTarget = { readonly site: string; readonly studyId: string; readonly studyInstanceUid: string };

/** What a person did to a study before. */
export type MarkKind = 'raise' | 'hold' | 'read';

/** The stored claims and marks, inside one transaction. */
export interface LedgerEntry {
  claim(studyId: string): Promise<Claim>;
  /** Writes only while the stored claim is still `before`. Throws `VRG_SQL_CONFLICT` (transient) otherwise. */
  changeClaim(target: StudyTarget, before: Claim, after: Claim): Promise<void>;
  mark(studyId: string, kind: MarkKind, person: string): Promise<unknown>;
  setMark(studyId: string, kind: MarkKind, person: string, value: unknown): Promise<void>;
  /** Puts an event into the outbox of the same transaction. */
  append(event: NewEvent): Promise<void>;
}

export interface Ledger {
  /** Resolves when the work is durable, its events included. */
  transaction<T>(now: EpochMs, work: (entry: LedgerEntry) => Promise<T>): Promise<T>;
  /** Studies whose lease has run out at `now`, at most some. */
  expired(now: EpochMs): Promise<readonly StudyTarget[]>;
  nextExpiry(): Promise<EpochMs | undefined>;
}
