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
import { type Route, routeOf } from './route.ts';

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
