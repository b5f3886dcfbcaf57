import type { Alert } from '@voorrang/contracts';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { ApiError, getJson } from '../../shared/api.ts';
import { useSession } from '../session/use-session.tsx';
import { needsSomebody } from './view-model.ts';

const refreshMs = 3_000;

type Alerts = {
  readonly alerts: readonly Alert[] | null;
  readonly waiting: number;
  readonly staleSince: number | null;
  readonly refresh: () => void;
};
const AlertsContext = createContext<Alerts>({ alerts: null, waiting: 0, staleSince: null, refresh: () => undefined });
export const useAlerts = (): Alerts => useContext(AlertsContext);

/** The alerts of all pages: the head of every page shows how many wait. */
export function AlertsProvider({ children }: { readonly children: ReactNode }) {
  const { state } = useSession();
  const [alerts, setAlerts] = useState<readonly Alert[] | null>(null);
  const [staleSince, setStaleSince] = useState<number | null>(null);
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((n) => n + 1), []);
  const isSignedIn = state === 'signed-in';

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again at once
  useEffect(() => {
    if (!isSignedIn) return;
    const stop = new AbortController();
    let lastGood = Date.now();
    const ask = async (): Promise<void> => {
      try {
        const found = await getJson<{ readonly items: readonly Alert[] }>('/api/v1/alerts', stop.signal);
        setAlerts(found.items);
        setStaleSince(null);
        lastGood = Date.now();
      } catch {
        if (!stop.signal.aborted) setStaleSince(lastGood);
      }
    };
    void ask();
    const timer = window.setInterval(() => void ask(), refreshMs);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, [isSignedIn, turn]);

  const value = useMemo(
    () => ({ alerts, waiting: alerts?.filter(needsSomebody).length ?? 0, staleSince, refresh }),
    [alerts, staleSince, refresh],
  );
  return <AlertsContext value={value}>{children}</AlertsContext>;
}

/** One alert, for the phone page. */
export function useAlert(alertId: string) {
  const [alert, setAlert] = useState<Alert | null>(null);
  const [missing, setMissing] = useState(false);
  const [staleSince, setStaleSince] = useState<number | null>(null);
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again at once
  useEffect(() => {
    const stop = new AbortController();
    let lastGood = Date.now();
    const ask = async (): Promise<void> => {
      try {
        setAlert(await getJson<Alert>(`/api/v1/alerts/${encodeURIComponent(alertId)}`, stop.signal));
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
  }, [alertId, turn]);
  return { alert, missing, staleSince, refresh };
}
