import type { EventData } from '@voorrang/contracts';
import type { DurationMs, EpochMs } from '@voorrang/kernel';

/** When a study counts as settled where nobody says so earlier. */
export type SettlingLimits = { readonly settleMs: DurationMs; readonly hardLimitMs: DurationMs };

/**
 * Images since the last settling. The due times are stored with it, so that neither a restart nor a changed setting moves what was promised: they change by facts alone.
 * All instants are `observedAt` of facts, never times of a modality.
 */
export type OpenVersion = {
  readonly lastAt: EpochMs;
  /** `null` while a procedure step was completed of whose images none came: there is nothing that could be quiet. */
  readonly quietDueAt: EpochMs | null;
  readonly hardDueAt: EpochMs;
  readonly requiredDueAt: EpochMs | null;
  readonly completeDueAt: EpochMs | null;
};

/** How far a study has come: settled versions so far, and images that belong to the next one. */
export type StudyProgress = { readonly version: number; readonly open: OpenVersion | null };

export const newStudy: StudyProgress = { version: 0, open: null };

/** First and last observation of instances that were not known before. */
export type NewInstances = { readonly firstAt: EpochMs; readonly lastAt: EpochMs };

/** Instances that were not known before put off the quiet due time; the hard one stays with the first of the version. Late ones begin a new version. */
export function observeInstances(progress: StudyProgress, seen: NewInstances, limits: SettlingLimits): StudyProgress {
  const { open } = progress;
  // While images are only awaited, `lastAt` is that of the word of the technologist, not of an image.
  const lastAt = open === null || open.quietDueAt === null ? seen.lastAt : Math.max(open.lastAt, seen.lastAt);
  const hardDueAt = Math.min(open?.hardDueAt ?? Number.POSITIVE_INFINITY, seen.firstAt + limits.hardLimitMs);
  const { requiredDueAt = null, completeDueAt = null } = open ?? {};
  return {
    ...progress,
    open: { lastAt, quietDueAt: lastAt + limits.settleMs, hardDueAt, requiredDueAt, completeDueAt },
  };
}

/** A technologist completed a study of which no image came here: it is settled at the hard limit unless its images come, or are announced, earlier. */
export function awaitImages(progress: StudyProgress, completedAt: EpochMs, limits: SettlingLimits): StudyProgress {
  if (progress.version > 0 || progress.open !== null) return progress;
  const hardDueAt = completedAt + limits.hardLimitMs;
  return {
    ...progress,
    open: { lastAt: completedAt, quietDueAt: null, hardDueAt, requiredDueAt: null, completeDueAt: null },
  };
}

/** What rules and procedure steps say of the open version: when each of them settles it, `null` where it does not. */
export type Promised = { readonly requiredDueAt: EpochMs | null; readonly completedAt: EpochMs | null };

/**
 * When everything that was performed is there, it is complete as soon as both the word of the technologist and the last image are here. The quiet time of a
 * required series is moot then: nothing more will come.
 */
export function promise(progress: StudyProgress, { requiredDueAt, completedAt }: Promised): StudyProgress {
  const { open } = progress;
  if (open === null) return progress;
  const completeDueAt = completedAt === null ? null : Math.max(completedAt, open.lastAt);
  const required =
    requiredDueAt === null || completeDueAt === null ? requiredDueAt : Math.min(requiredDueAt, completeDueAt);
  return { ...progress, open: { ...open, requiredDueAt: required, completeDueAt } };
}

type SettledBy = EventData<'study.settled'>['by'];

/** The earliest of the due times; of two at once the one that says more. */
function nextDue(open: OpenVersion): { readonly by: SettledBy; readonly at: EpochMs } {
  const ways: readonly (readonly [SettledBy, EpochMs | null])[] = [
    ['required-series', open.requiredDueAt],
    ['completed-by-technologist', open.completeDueAt],
    ['quiet', open.quietDueAt],
  ];
  let next: { by: SettledBy; at: EpochMs } = { by: 'hard-limit', at: open.hardDueAt };
  for (const [by, at] of ways.toReversed()) if (at !== null && at <= next.at) next = { by, at };
  return next;
}

/** When `decideSettling` will settle, if nothing more comes. */
export const dueAtOf = ({ open }: StudyProgress): EpochMs | null => (open === null ? null : nextDue(open).at);

export type SettlingDecision =
  | { readonly kind: 'wait'; readonly reason: 'nothing-open' | 'not-yet-due' }
  | {
      readonly kind: 'settle';
      readonly by: SettledBy;
      readonly version: number;
      readonly imagesCompleteAt: EpochMs;
      readonly next: StudyProgress;
    };

/** Whether the images of a study are settled at an instant, and by which rule: the one that fell due first. */
export function decideSettling(progress: StudyProgress, now: EpochMs): SettlingDecision {
  const { open, version } = progress;
  if (open === null) return { kind: 'wait', reason: 'nothing-open' };
  const { by, at } = nextDue(open);
  if (now < at) return { kind: 'wait', reason: 'not-yet-due' };
  return {
    kind: 'settle',
    by,
    version: version + 1,
    imagesCompleteAt: open.lastAt,
    next: { version: version + 1, open: null },
  };
}
