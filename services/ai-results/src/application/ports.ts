import type { NewEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { KnownOrder, KnownStudy } from '../domain/known-study.ts';
import type { OrderRecord } from '../domain/order-family.ts';
import type { DetectorState } from '../domain/registry.ts';

/** A run as it was taken in. `digest` is over its canonical content. */
export type StoredRun = {
  readonly site: string;
  readonly resultId: string;
  readonly studyId: string;
  readonly studyInstanceUid: string;
  readonly detector: string;
  readonly version: string;
  readonly digest: string;
  readonly findings: readonly string[];
  readonly shadow: boolean;
  readonly status: string;
  readonly receivedAt: EpochMs;
  readonly replaces: string | null;
  readonly withdrawnAt: EpochMs | null;
};

export type StudyRecord = {
  readonly studyId: string;
  readonly site: string;
  readonly studyInstanceUid: string;
  readonly known: KnownStudy;
};

export type Expectation = {
  readonly studyId: string;
  readonly detector: string;
  readonly site: string;
  readonly studyInstanceUid: string;
  readonly studyVersion: number;
  readonly findings: readonly string[];
  readonly dueAt: EpochMs;
  /** From when on a run is of this version; `null` for the first: any run is. */
  readonly since: EpochMs | null;
};

/** `waiting` until its due time, then `overdue`; `arrived` ends either; `dropped`: the detector was no longer active when it fell due. */
export type ExpectationState = 'waiting' | 'arrived' | 'overdue' | 'dropped';

export type DetectorChange = {
  readonly site: string;
  readonly detector: string;
  readonly state: DetectorState;
  readonly reason: string;
  readonly by: string;
  readonly at: EpochMs;
};

/** Figures of one detector at one site. */
export type DetectorFigures = {
  readonly site: string;
  readonly detector: string;
  readonly lastRunAt: EpochMs | null;
  readonly runs: number;
  readonly failed: number;
  readonly waiting: number;
  readonly overdue: number;
};

/** What one transaction may do; everything in it is durable together or not at all. */
export interface ResultsTransaction {
  findRun(site: string, resultId: string): Promise<StoredRun | undefined>;
  findRuns(names: readonly Pick<StoredRun, 'site' | 'resultId'>[]): Promise<readonly StoredRun[]>;
  insertRuns(runs: readonly StoredRun[]): Promise<void>;
  markWithdrawn(site: string, resultId: string, at: EpochMs): Promise<void>;
  /** Whether a run that counts (not in shadow, not withdrawn, not replaced) of the detector is there for the study, received at `since` or later. */
  hasRun(studyId: string, detector: string, since: EpochMs | null): Promise<boolean>;
  /** False when the same person gave the same verdict before. */
  setVerdict(run: StoredRun, finding: string, by: string, verdict: string): Promise<boolean>;

  detectorStates(): Promise<ReadonlyMap<string, DetectorState>>;
  setDetectorState(change: DetectorChange): Promise<void>;

  seenBefore(eventId: string): Promise<boolean>;
  study(studyId: string): Promise<StudyRecord | undefined>;
  saveStudy(study: StudyRecord, links: readonly string[]): Promise<void>;
  order(orderId: string): Promise<KnownOrder | undefined>;
  saveOrder(order: Omit<OrderRecord, 'cancelled'> & { readonly site: string }, links: readonly string[]): Promise<void>;
  cancelOrder(orderId: string): Promise<void>;
  /** Orders that share a link with the study, and the same orders under their placer number alone or with a filler number. */
  ordersOf(studyId: string): Promise<readonly OrderRecord[]>;
  /** Studies that the order, or the same order under another number, shares a link with. */
  studiesOf(orderId: string): Promise<readonly StudyRecord[]>;

  /** False when the detector was expected for this version of the study before. */
  addExpectation(expectation: Expectation, state: ExpectationState): Promise<boolean>;
  /** Of every version. */
  expectationsOf(studyId: string, detector: string): Promise<readonly Expectation[]>;
  /** Waiting or overdue ones, of any detector. */
  openExpectationsOf(studyIds: readonly string[]): Promise<readonly Expectation[]>;
  setExpectation(
    of: Pick<Expectation, 'studyId' | 'detector' | 'studyVersion'>,
    from: readonly ExpectationState[],
    to: ExpectationState,
  ): Promise<void>;
  dueExpectations(now: EpochMs, limit: number): Promise<readonly Expectation[]>;

  /** Puts events into the outbox; they get their stamp here. */
  append(events: readonly NewEvent[], observedAt: EpochMs): Promise<void>;
}

export interface ResultsStore {
  transaction<T>(work: (tx: ResultsTransaction) => Promise<T>): Promise<T>;
  /** Runs of a result id, over all sites. */
  runsNamed(resultId: string): Promise<readonly StoredRun[]>;
  /** Sites of those studies that have images. */
  sitesOf(studyIds: readonly string[]): Promise<readonly string[]>;
  detectorChanges(): Promise<readonly DetectorChange[]>;
  /** Figures since an instant. */
  figures(since: EpochMs): Promise<readonly DetectorFigures[]>;
  /** Earliest due time of a waiting expectation. */
  nextDueAt(): Promise<EpochMs | undefined>;
}
