import type { Severity } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';

export type AlertStateName = 'open' | 'acknowledged' | 'recalled' | 'superseded' | 'fallback-reached' | 'closed';

/** States in which somebody still has to act. */
export const isEscalating = (state: AlertStateName): boolean => state === 'open' || state === 'fallback-reached';
/** States that findings can still fill in, and that a retraction ends. */
export const isLive = (state: AlertStateName): boolean => isEscalating(state) || state === 'acknowledged';

/** A positive finding that pages a team. */
export type Contribution = {
  readonly studyId: string;
  readonly resultId: string;
  readonly finding: string;
  readonly detector: string;
  readonly severity: Severity | null;
  /** Severity of the strongest route that sent it here. */
  readonly routeSeverity: Severity;
  readonly location: string | null;
  /** When the run became durable here. */
  readonly receivedAt: EpochMs;
  /** When it was found; told of a finding that belongs to no alert yet. */
  readonly foundAt?: EpochMs | undefined;
  /** `live` still holds; `withdrawn` by its maker (or corrected away); `disagreed` by a radiologist. */
  readonly state: 'live' | 'withdrawn' | 'disagreed';
  /** Result that this one corrects. */
  readonly replaces?: string | undefined;
};

/** One line of what an alert shows. Absence (`waiting`, `late`, `failed`) is never `negative`. */
export type AlertFinding = {
  readonly studyId: string;
  readonly finding: string;
  readonly outcome: 'positive' | 'negative' | 'inconclusive' | 'waiting' | 'failed' | 'late' | 'withdrawn';
  readonly severity: Severity | null;
  readonly location: string | null;
  readonly detector: string | null;
  readonly receivedAt: EpochMs | null;
};

/** What a decision needs to know of an alert that is there. */
export type AlertFacts = {
  readonly id: string;
  readonly state: AlertStateName;
  readonly raisedAt: EpochMs;
  readonly contributions: readonly Contribution[];
};

const severityOrder: readonly Severity[] = ['low', 'moderate', 'high'];
export const strongest = (severities: readonly Severity[]): Severity =>
  severities.reduce((a, b) => (severityOrder.indexOf(b) > severityOrder.indexOf(a) ? b : a), 'low');
