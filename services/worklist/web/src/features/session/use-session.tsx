import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { ApiError, getJson, postJson, unauthenticatedEvent } from '../../shared/api.ts';
import { useRouter } from '../../shared/router.tsx';
import { signInPath } from './view-model.ts';

export type SessionUser = {
  readonly user: string;
  readonly roles: readonly string[];
  readonly sites?: readonly string[];
};
type Session = {
  readonly user: SessionUser | null;
  readonly state: 'asking' | 'signed-in' | 'signed-out' | 'unreachable';
  readonly signIn: (token: string, name?: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
};

const SessionContext = createContext<Session>({
  user: null,
  state: 'asking',
  signIn: async () => undefined,
  signOut: async () => undefined,
});
export const useSession = (): Session => useContext(SessionContext);

/** Asks who one is, and leads to the sign-in page whenever any call is answered 401. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const { go, route } = useRouter();
  const [user, setUser] = useState<SessionUser | null>(null);
  const [state, setState] = useState<Session['state']>('asking');

  useEffect(() => {
    const lost = (): void => {
      setUser(null);
      setState('signed-out');
      if (window.location.pathname !== '/sign-in')
        go(signInPath(window.location.pathname + window.location.search), true);
    };
    window.addEventListener(unauthenticatedEvent, lost);
    return () => window.removeEventListener(unauthenticatedEvent, lost);
  }, [go]);

  const isSignIn = route.page === 'sign-in';
  useEffect(() => {
    if (isSignIn || state === 'signed-in') return;
    const ask = (): void => {
      getJson<SessionUser>('/api/v1/session')
        .then((found) => {
          setUser(found);
          setState('signed-in');
        })
        .catch((error: unknown) => {
          if (!(error instanceof ApiError) || error.status !== 401) setState('unreachable');
        });
    };
    ask();
    const again = window.setInterval(ask, 5_000);
    return () => window.clearInterval(again);
  }, [isSignIn, state]);

  const signIn = useCallback(async (token: string, name?: string) => {
    const found = await postJson<SessionUser>('/api/v1/session', { token, ...(name ? { name } : {}) });
    setUser(found);
    setState('signed-in');
  }, []);
  const signOut = useCallback(async () => {
    await fetch('/api/v1/session', { method: 'DELETE', headers: { 'content-type': 'application/json' } }).catch(
      () => undefined,
    );
    setUser(null);
    setState('signed-out');
    go('/sign-in', true);
  }, [go]);

  const value = useMemo(() => ({ user, state, signIn, signOut }), [user, state, signIn, signOut]);
  return <SessionContext value={value}>{children}</SessionContext>;
}
