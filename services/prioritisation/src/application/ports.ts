import type { DurationMs, EpochMs } from '@voorrang/kernel';
import type { SnapshotPart, snapshotVersion } from '../domain/index.ts';

/** What a snapshot says of itself. */
export type SnapshotHeader = {
  readonly version: typeof snapshotVersion;
  /** Differs under another key secret (the ids in it would be of no use) and where other types of events were known. */
  readonly fingerprint: string;
  readonly savedAt: EpochMs;
  /** Facts below these are in it; later ones may be. */
  readonly positions: Readonly<Record<string, number>>;
  /** Of the worklist store that was being written. */
  readonly epoch: string | null;
};

export type ReadSnapshot =
  | { readonly kind: 'snapshot'; readonly header: SnapshotHeader; readonly parts: Iterable<SnapshotPart> }
  | { readonly kind: 'none' }
  /** Damaged or of another version: only time is lost. */
  | { readonly kind: 'unusable'; readonly why: string };

export interface Snapshots {
  read(): Promise<ReadSnapshot>;
  /** The old one stays until the new one is durable. */
  write(header: SnapshotHeader, parts: Iterable<SnapshotPart>): Promise<void>;
}

export type Schedule = {
  /** A snapshot is taken after so many facts, or after so long with any; and at a stop. */
  readonly snapshotEveryFacts: number;
  readonly snapshotEveryMs: DurationMs;
  /** How often changes by time alone are looked for. */
  readonly sweepEveryMs: DurationMs;
};
