import {
  createContext,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';

/** Routing by path, without a library. Paths hold opaque ids only. */
export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'study'; readonly studyId: string }
  | { readonly page: 'alerts' }
  | { readonly page: 'alert'; readonly alertId: string }
  | { readonly page: 'sign-in' }
  | { readonly page: 'not-found' };

export function routeOf(path: string): Route {
  const [first = '', second, ...more] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (more.length > 0) return { page: 'not-found' };
  if (first === '') return { page: 'list' };
  if (first === 'studies' && second !== undefined) return { page: 'study', studyId: second };
  if (first === 'alerts') return second === undefined ? { page: 'alerts' } : { page: 'alert', alertId: second };
  if (first === 'sign-in' && second === undefined) return { page: 'sign-in' };
  return { page: 'not-found' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Only a path of our own may follow sign-in: never another host. */
export const safeNext = (next: string | null): string =>
  next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/';

type Router = { readonly route: Route; readonly path: string; readonly go: (path: string, replace?: boolean) => void };
const RouterContext = createContext<Router>({ route: { page: 'list' }, path: '/', go: () => undefined });

export const useRouter = (): Router => useContext(RouterContext);

export function RouterProvider({ children }: { readonly children: ReactNode }) {
  const [path, setPath] = useState(() => window.location.pathname);
  useEffect(() => {
    const follow = (): void => setPath(window.location.pathname);
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);
  const go = useCallback((to: string, replace = false) => {
    if (replace) window.history.replaceState(null, '', to);
    else window.history.pushState(null, '', to);
    setPath(window.location.pathname);
    window.scrollTo(0, 0);
  }, []);
  const value = useMemo(() => ({ route: routeOf(path), path, go }), [path, go]);
  return <RouterContext value={value}>{children}</RouterContext>;
}

type LinkProps = {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly current?: boolean;
};

export function Link({ to, children, className, current = false }: LinkProps) {
  const { go } = useRouter();
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={follow} className={className} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}
