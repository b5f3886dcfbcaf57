import type { DurationMs, EpochMs } from '@voorrang/kernel';

/** When a study counts as settled where nobody says so earlier. */
export type SettlingLimits = { readonly settleMs: DurationMs; readonly hardLimitMs: DurationMs };

/**
 * Images since the last settling. The due times are stored with it, so that neither a restart nor a changed setting moves what was promised.
 * All instants are `observedAt` of facts, never times of a modality.
 */
export type OpenVersion = { readonly lastAt: EpochMs; readonly quietDueAt: EpochMs; readonly hardDueAt: EpochMs };

/** How far a study has come: settled versions so far, and images that belong to the next one. */
export type StudyProgress = { readonly version: number; readonly open: OpenVersion | null };

export const newStudy: StudyProgress = { version: 0, open: null };

/** First and last observation of instances that were not known before. */
export type NewInstances = { readonly firstAt: EpochMs; readonly lastAt: EpochMs };

/** Instances that were not known before put off the quiet due time; the hard one stays with the first of the version. Late ones begin a new version. */
export function observeInstances(progress: StudyProgress, seen: NewInstances, limits: SettlingLimits): StudyProgress {
  const lastAt = Math.max(progress.open?.lastAt ?? seen.lastAt, seen.lastAt);
  const hardDueAt = Math.min(progress.open?.hardDueAt ?? Number.POSITIVE_INFINITY, seen.firstAt + limits.hardLimitMs);
  return { ...progress, open: { lastAt, quietDueAt: lastAt + limits.settleMs, hardDueAt } };
}

/** When `decideSettling` will settle, if nothing more comes. */
export const dueAtOf = ({ open }: StudyProgress): EpochMs | null =>
  open === null ? null : Math.min(open.quietDueAt, open.hardDueAt);

export type SettlingDecision =
  | { readonly kind: 'wait'; readonly reason: 'nothing-open' | 'not-yet-due' }
  | {
      readonly kind: 'settle';
      readonly by: 'quiet' | 'hard-limit';
      readonly version: number;
      readonly imagesCompleteAt: EpochMs;
      readonly next: StudyProgress;
    };

/** Whether the images of a study are settled at an instant, and by which rule: the one that fell due first. */
export function decideSettling(progress: StudyProgress, now: EpochMs): SettlingDecision {
  const { open, version } = progress;
  if (open === null) return { kind: 'wait', reason: 'nothing-open' };
  if (now < Math.min(open.quietDueAt, open.hardDueAt)) return { kind: 'wait', reason: 'not-yet-due' };
  return {
    kind: 'settle',
    by: open.quietDueAt <= open.hardDueAt ? 'quiet' : 'hard-limit',
    version: version + 1,
    imagesCompleteAt: open.lastAt,
    next: { version: version + 1, open: null },
  };
}
