import { useState } from 'react';
import { AlertPage } from './features/alerts/alert-page.tsx';
import { AlertsPage } from './features/alerts/alerts-page.tsx';
import { AlertsProvider, useAlerts } from './features/alerts/use-alerts.tsx';
import { OperationsBanner } from './features/operations/operations-banner.tsx';
import { OperationsPage } from './features/operations/operations-page.tsx';
import { OperationsProvider, useOperations } from './features/operations/use-operations.tsx';
import { openNotices } from './features/operations/view-model.ts';
import { QuarantineEntryPage } from './features/quarantine/entry-page.tsx';
import { QuarantinePage } from './features/quarantine/quarantine-page.tsx';
import { ReadingListPage } from './features/reading-list/reading-list-page.tsx';
import { SignInPage } from './features/session/sign-in-page.tsx';
import { SessionProvider, useSession } from './features/session/use-session.tsx';
import { StudyPage } from './features/study/study-page.tsx';
import { Banner } from './shared/banner.tsx';
import { HelpDialog } from './shared/help-dialog.tsx';
import { LanguageProvider, useLanguage } from './shared/language.tsx';
import type { Route } from './shared/route.ts';
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
              <OperationsProvider>
                <Shell />
              </OperationsProvider>
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
    [['o'], () => go('/operations')],
    [['q'], () => go('/quarantine')],
  ]);
  if (route.page === 'sign-in') return <SignInPage />;
  return (
    <>
      <TopBar onHelp={() => setHelp(true)} />
      {state === 'unreachable' ? <Banner tone="alarm">{labels.signIn.failed}</Banner> : null}
      {state === 'signed-in' && showsBanner(route) ? <OperationsBanner /> : null}
      {state === 'signed-in' ? <Page /> : null}
      {help ? <HelpDialog onClose={() => setHelp(false)} /> : null}
    </>
  );
}

/** Not over the alert that somebody opened on a phone, where it would push the answer off the screen; nor where the notices stand anyway. */
const showsBanner = ({ page }: Route): boolean => page !== 'alert' && page !== 'operations';

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
    case 'operations':
      return <OperationsPage />;
    case 'quarantine':
      return <QuarantinePage />;
    case 'quarantined':
      return <QuarantineEntryPage key={route.id} id={route.id} />;
    default:
      return <p className="list-message">{labels.notFound}</p>;
  }
}

const isForOperators = ({ page }: Route): boolean => ['operations', 'quarantine', 'quarantined'].includes(page);

function TopBar({ onHelp }: { readonly onHelp: () => void }) {
  const { labels, toggle } = useLanguage();
  const { route } = useRouter();
  const { user, signOut } = useSession();
  const { waiting } = useAlerts();
  const { items } = useOperations();
  const notices = openNotices(items).length;
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
        <Link to="/operations" current={isForOperators(route)}>
          {labels.operations.nav}
          {notices > 0 ? <span className="badge badge-notice">{notices}</span> : null}
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
