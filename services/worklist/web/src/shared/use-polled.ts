import { useCallback, useEffect, useState } from 'react';
import { ApiError } from './api.ts';

export type Polled<T> = {
  /** The newest answer; kept while later ones fail. */
  readonly value: T | null;
  /** The service says that there is no such thing. */
  readonly missing: boolean;
  /** Since when answers fail: the local time of the last good one. */
  readonly staleSince: number | null;
  /** Asks again at once. */
  readonly refresh: () => void;
};

/** Asks again and again while `enabled`. `key` says what is asked for: another one starts anew. */
export function usePolled<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs, enabled = true }: { readonly everyMs: number; readonly enabled?: boolean },
): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, 'refresh'>>(nothing);
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was shown belongs to the key
  useEffect(() => setState(nothing), [key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again at once, and `load` follows from the key
  useEffect(() => {
    if (!enabled) return;
    const stop = new AbortController();
    let lastGood = Date.now();
    const ask = async (): Promise<void> => {
      try {
        const value = await load(stop.signal);
        if (stop.signal.aborted) return;
        lastGood = Date.now();
        setState({ value, missing: false, staleSince: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ApiError && error.status === 404) setState((last) => ({ ...last, missing: true }));
        else setState((last) => ({ ...last, staleSince: lastGood }));
      }
    };
    void ask();
    const timer = window.setInterval(() => void ask(), everyMs);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, [key, enabled, everyMs, turn]);

  return { ...state, refresh };
}

const nothing = { value: null, missing: false, staleSince: null };
