import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { ApiError } from '../../shared/api.ts';
import { useLanguage } from '../../shared/language.tsx';
import { safeNext } from '../../shared/route.ts';
import { useRouter } from '../../shared/router.tsx';
import { useSession } from './use-session.tsx';
import { tokenOfHash } from './view-model.ts';

export function SignInPage() {
  const { labels, toggle } = useLanguage();
  const { go } = useRouter();
  const { signIn } = useSession();
  const [token, setToken] = useState('');
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);

  const send = useCallback(
    async (given: string, as: string): Promise<void> => {
      setBusy(true);
      setRefused(null);
      try {
        await signIn(given, as.trim() || undefined);
        go(safeNext(new URLSearchParams(window.location.search).get('next')), true);
      } catch (error) {
        const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500;
        setRefused(isRefusal ? labels.signIn.refused : labels.signIn.failed);
      } finally {
        setBusy(false);
      }
    },
    [go, labels, signIn],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a link is followed once
  useEffect(() => {
    const follow = (): void => {
      const link = tokenOfHash(window.location.hash);
      if (link === null) return;
      // The token must not stay in the address bar or in the history.
      window.history.replaceState(null, '', window.location.pathname + window.location.search);
      void send(link.token, link.name ?? '');
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() !== '') void send(token.trim(), name);
  };
  return (
    <main className="sign-in">
      <h1 className="wordmark">Voorrang</h1>
      <form onSubmit={submit}>
        <label>
          {labels.signIn.token}
          <input
            type="password"
            autoComplete="current-password"
            value={token}
            onChange={(e) => setToken(e.target.value)}
          />
        </label>
        <label>
          {labels.signIn.name}
          <input autoComplete="username" value={name} onChange={(e) => setName(e.target.value)} />
        </label>
        <button type="submit" className="button primary" disabled={busy || token.trim() === ''}>
          {labels.signIn.send}
        </button>
        <p role="alert" className="refused">
          {refused}
        </p>
        <p className="quiet">{labels.signIn.hint}</p>
      </form>
      <p className="quiet">
        <button type="button" className="link" onClick={toggle}>
          {labels.nav.language}
        </button>
        {' · '}
        {labels.productNote}
      </p>
    </main>
  );
}
