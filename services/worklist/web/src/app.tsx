import { useState } from 'react';
import { AlertPage } from './features/alerts/alert-page.tsx';
import { AlertsPage } from './features/alerts/alerts-page.tsx';
import { AlertsProvider, useAlerts } from './features/alerts/use-alerts.tsx';
import { ReadingListPage } from './features/reading-list/reading-list-page.tsx';
import { SignInPage } from './features/session/sign-in-page.tsx';
import { SessionProvider, useSession } from './features/session/use-session.tsx';
import { StudyPage } from './features/study/study-page.tsx';
import { Banner } from './shared/banner.tsx';
import { HelpDialog } from './shared/help-dialog.tsx';
import { LanguageProvider, useLanguage } from './shared/language.tsx';
import { Link, RouterProvider, useRouter } from './shared/router.tsx';
import { useKeys } from './shared/use-keys.ts';
import { ServerClockProvider } from './shared/use-server-now.tsx';

export function App() {
  return (
    <LanguageProvider>
      <RouterProvider>
        <SessionProvider>
          <ServerClockProvider>
            <AlertsProvider>
              <Shell />
            </AlertsProvider>
          </ServerClockProvider>
        </SessionProvider>
      </RouterProvider>
    </LanguageProvider>
  );
}

function Shell() {
  const { labels, toggle } = useLanguage();
  const { route, go } = useRouter();
  const { state } = useSession();
  const [help, setHelp] = useState(false);
  useKeys([
    [['l'], toggle],
    [['?'], () => setHelp((open) => !open)],
    [['a'], () => go('/alerts')],
  ]);
  if (route.page === 'sign-in') return <SignInPage />;
  return (
    <>
      <TopBar onHelp={() => setHelp(true)} />
      {state === 'unreachable' ? <Banner tone="alarm">{labels.signIn.failed}</Banner> : null}
      {state === 'signed-in' ? <Page /> : null}
      {help ? <HelpDialog onClose={() => setHelp(false)} /> : null}
    </>
  );
}

function Page() {
  const { labels } = useLanguage();
  const { route } = useRouter();
  switch (route.page) {
    case 'list':
      return <ReadingListPage />;
    case 'study':
      return <StudyPage key={route.studyId} studyId={route.studyId} />;
    case 'alerts':
      return <AlertsPage />;
    case 'alert':
      return <AlertPage key={route.alertId} alertId={route.alertId} />;
    default:
      return <p className="list-message">{labels.notFound}</p>;
  }
}

function TopBar({ onHelp }: { readonly onHelp: () => void }) {
  const { labels, toggle } = useLanguage();
  const { route } = useRouter();
  const { user, signOut } = useSession();
  const { waiting } = useAlerts();
  return (
    <header className="top-bar">
      <span className="wordmark">Voorrang</span>
      <nav>
        <Link to="/" current={route.page === 'list'}>
          {labels.nav.list}
        </Link>
        <Link to="/alerts" current={route.page === 'alerts'}>
          {labels.nav.alerts}
          {waiting > 0 ? <span className="badge">{waiting}</span> : null}
        </Link>
      </nav>
      <span className="product-note">{labels.productNote}</span>
      <button type="button" className="link" onClick={toggle}>
        {labels.nav.language}
      </button>
      <button type="button" className="link" onClick={onHelp}>
        {labels.nav.help} <kbd>?</kbd>
      </button>
      {user === null ? null : (
        <button type="button" className="link" onClick={() => void signOut()} title={labels.nav.signOut}>
          {user.user}
        </button>
      )}
    </header>
  );
}
