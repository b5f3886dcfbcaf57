import type { Alert } from '@voorrang/contracts';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { getJson } from '../../shared/api.ts';
import { usePolled } from '../../shared/use-polled.ts';
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
  const path = '/api/v1/alerts';
  const { value, staleSince, refresh } = usePolled(
    path,
    (signal) => getJson<{ readonly items: readonly Alert[] }>(path, signal),
    { everyMs: refreshMs, enabled: state === 'signed-in' },
  );
  const alerts = value?.items ?? null;
  const shown = useMemo(
    () => ({ alerts, waiting: alerts?.filter(needsSomebody).length ?? 0, staleSince, refresh }),
    [alerts, staleSince, refresh],
  );
  return <AlertsContext value={shown}>{children}</AlertsContext>;
}

/** One alert, for the phone page. */
export function useAlert(alertId: string) {
  const path = `/api/v1/alerts/${encodeURIComponent(alertId)}`;
  const { value, ...state } = usePolled(path, (signal) => getJson<Alert>(path, signal), { everyMs: refreshMs });
  return { ...state, alert: value };
}
