import type { StudyDetail, TimelineEntry } from '@voorrang/contracts';
import { getJson } from '../../shared/api.ts';
import { type Polled, usePolled } from '../../shared/use-polled.ts';

const refreshMs = 4_000;

export type StudyState = Omit<Polled<unknown>, 'value'> & {
  readonly detail: StudyDetail | null;
  readonly timeline: readonly TimelineEntry[];
};

/** A study and its timeline, asked again every few seconds and after each act. */
export function useStudy(studyId: string): StudyState {
  const path = `/api/v1/studies/${encodeURIComponent(studyId)}`;
  const { value, ...state } = usePolled(
    path,
    async (signal) => {
      const [detail, timeline] = await Promise.all([
        getJson<StudyDetail>(path, signal),
        getJson<{ readonly items: readonly TimelineEntry[] }>(`${path}/timeline`, signal),
      ]);
      return { detail, timeline: timeline.items };
    },
    { everyMs: refreshMs },
  );
  return { ...state, detail: value?.detail ?? null, timeline: value?.timeline ?? [] };
}
