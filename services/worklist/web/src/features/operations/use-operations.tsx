import type { Operation, SenderStatus } from '@voorrang/contracts';
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react';
import { getJson } from '../../shared/api.ts';
import { usePolled } from '../../shared/use-polled.ts';
import { useObserveServerTime } from '../../shared/use-server-now.tsx';
import { useSession } from '../session/use-session.tsx';

const refreshMs = 5_000;

type Operations = { readonly items: readonly Operation[]; readonly staleSince: number | null };
const OperationsContext = createContext<Operations>({ items: [], staleSince: null });
export const useOperations = (): Operations => useContext(OperationsContext);

/** The notices of all pages: every page shows that there are some. */
export function OperationsProvider({ children }: { readonly children: ReactNode }) {
  const { state } = useSession();
  const path = '/api/v1/operations';
  const { value, staleSince } = usePolled(
    path,
    (signal) => getJson<{ readonly generatedAt: number; readonly items: readonly Operation[] }>(path, signal),
    { everyMs: refreshMs, enabled: state === 'signed-in' },
  );
  const observe = useObserveServerTime();
  useEffect(() => observe(value?.generatedAt), [observe, value]);
  const shown = useMemo(() => ({ items: value?.items ?? [], staleSince }), [value, staleSince]);
  return <OperationsContext value={shown}>{children}</OperationsContext>;
}

export function useSenders(): readonly SenderStatus[] | null {
  const path = '/api/v1/senders';
  const { value } = usePolled(path, (signal) => getJson<{ readonly items: readonly SenderStatus[] }>(path, signal), {
    everyMs: refreshMs,
  });
  return value?.items ?? null;
}
