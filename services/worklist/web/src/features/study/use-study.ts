import type { StudyDetail, TimelineEntry } from '@voorrang/contracts';
import { useCallback, useEffect, useState } from 'react';
import { ApiError, getJson } from '../../shared/api.ts';

const refreshMs = 4_000;

export type StudyState = {
  readonly detail: StudyDetail | null;
  readonly timeline: readonly TimelineEntry[];
  readonly missing: boolean;
  readonly staleSince: number | null;
  readonly refresh: () => void;
};

/** A study and its timeline, asked again every few seconds and after each act. */
export function useStudy(studyId: string): StudyState {
  const [detail, setDetail] = useState<StudyDetail | null>(null);
  const [timeline, setTimeline] = useState<readonly TimelineEntry[]>([]);
  const [missing, setMissing] = useState(false);
  const [staleSince, setStaleSince] = useState<number | null>(null);
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again at once
  useEffect(() => {
    const stop = new AbortController();
    const path = `/api/v1/studies/${encodeURIComponent(studyId)}`;
    let lastGood = Date.now();
    const ask = async (): Promise<void> => {
      try {
        const [found, entries] = await Promise.all([
          getJson<StudyDetail>(path, stop.signal),
          getJson<{ readonly items: readonly TimelineEntry[] }>(`${path}/timeline`, stop.signal),
        ]);
        setDetail(found);
        setTimeline(entries.items);
        setMissing(false);
        setStaleSince(null);
        lastGood = Date.now();
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ApiError && error.status === 404) setMissing(true);
        else setStaleSince(lastGood);
      }
    };
    void ask();
    const timer = window.setInterval(() => void ask(), refreshMs);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, [studyId, turn]);

  return { detail, timeline, missing, staleSince, refresh };
}
