import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { instantOf, readServerClock, type ServerClock, serverNow } from './server-clock.ts';

type Value = { readonly now: number; readonly observe: (generatedAt: unknown) => void };
const NowContext = createContext<number>(0);
const ObserveContext = createContext<Value['observe']>(() => undefined);

/** Ticks once a second for every countdown on the page. */
export function ServerClockProvider({ children }: { readonly children: ReactNode }) {
  const clock = useRef<ServerClock>(null);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(serverNow(clock.current, Date.now())), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  const observe = useCallback((generatedAt: unknown) => {
    const server = instantOf(generatedAt);
    if (server === null) return;
    const isFirst = clock.current === null;
    clock.current = readServerClock(clock.current, { local: Date.now(), server });
    if (isFirst) setNow(serverNow(clock.current, Date.now()));
  }, []);
  const value = useMemo(() => observe, [observe]);
  return (
    <ObserveContext value={value}>
      <NowContext value={now}>{children}</NowContext>
    </ObserveContext>
  );
}

/** The service's time, about once a second. */
export const useServerNow = (): number => useContext(NowContext);
/** Tells the clock what an answer said. */
export const useObserveServerTime = (): Value['observe'] => useContext(ObserveContext);
