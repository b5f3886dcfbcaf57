import type { EpochMs } from '@voorrang/kernel';

/** Performed Procedure Step Status (PS3.4 §F.7). */
export type StepStatus = 'in-progress' | 'completed' | 'discontinued';

/** `at`: when the status became known here. */
export type StepState = { readonly status: StepStatus; readonly at: EpochMs; readonly modality: string | null };

const finality: Readonly<Record<StepStatus, number>> = { 'in-progress': 0, discontinued: 1, completed: 2 };

/** A step ends once, so its end holds against any word of its course, whatever came first. */
export function mergeSteps(known: StepState, told: StepState): StepState {
  const more = finality[told.status] - finality[known.status];
  const state = more > 0 || (more === 0 && told.at < known.at) ? told : known;
  return { ...state, modality: known.modality ?? told.modality };
}

/**
 * When the technologist had said that a study is complete: every step that is known of it has ended, and at least one was completed. `null` before. A step that
 * was discontinued says nothing of completeness.
 */
export function completedAt(steps: Iterable<StepState>): EpochMs | null {
  let last: EpochMs | null = null;
  let completed = false;
  for (const { status, at } of steps) {
    if (status === 'in-progress') return null;
    completed ||= status === 'completed';
    last = Math.max(last ?? at, at);
  }
  return completed ? last : null;
}
