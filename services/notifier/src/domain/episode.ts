import type { Finding } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { FactsDocument } from './facts-document.ts';

/** One run as far as alerts need it. Shadow runs never get here. */
export type RunFacts = {
  readonly resultId: string;
  readonly detector: string;
  readonly status: 'completed' | 'failed' | 'not-eligible';
  readonly findings: readonly Finding[];
  readonly receivedAt: EpochMs;
  /** When it was found, as far as that can be believed; what the maximum age counts from. */
  readonly foundAt: EpochMs;
  readonly replaces: string | undefined;
  /** Withdrawn, or corrected by another run. */
  readonly withdrawn: boolean;
  /** Findings that a radiologist's latest verdict disagrees with. */
  readonly disagreed: ReadonlySet<string>;
};

export type AwaitedFacts = {
  readonly detector: string;
  readonly findings: readonly string[];
  readonly late: boolean;
  readonly dueAt: EpochMs;
};

/** One study of an episode with what is linked to it. */
export type StudyFacts = {
  readonly studyId: string;
  readonly site: string;
  readonly referenceAt: EpochMs;
  readonly imagesCompleteAt: EpochMs | null;
  /** A radiologist has read it, or an order of it has a final report. */
  readonly isRead: boolean;
  readonly study: FactsDocument;
  readonly orders: readonly FactsDocument[];
  readonly patient: FactsDocument | undefined;
  readonly visit: FactsDocument | undefined;
  readonly runs: readonly RunFacts[];
  readonly awaited: readonly AwaitedFacts[];
};
