import { Banner } from '../../shared/banner.tsx';
import { useLabels } from '../../shared/language.tsx';
import { clockText } from '../../shared/time.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { AlertAnswer } from './alert-answer.tsx';
import { AlertClocks, AlertFindings, AlertHead, AlertSteps, AlertStudies } from './alert-parts.tsx';
import { useAlert } from './use-alerts.tsx';

/** The page behind a page: made for a phone, one hand, at night. */
export function AlertPage({ alertId }: { readonly alertId: string }) {
  const labels = useLabels();
  const now = useServerNow();
  const { alert, missing, staleSince, refresh } = useAlert(alertId);
  const stale =
    staleSince === null ? null : (
      <Banner tone="alarm">{labels.alerts.stale(clockText(staleSince, Date.now(), labels))}</Banner>
    );
  if (alert === null) {
    return (
      <main className="alert-page">
        {stale}
        <p className="list-message">{missing ? labels.alerts.missing : labels.list.loading}</p>
      </main>
    );
  }
  return (
    <main className={`alert-page alert-${alert.state}`} data-alert-id={alert.id}>
      {stale}
      <AlertHead alert={alert} now={now} level={1} />
      <AlertFindings alert={alert} now={now} />
      <AlertAnswer alert={alert} big onAnswered={refresh} />
      <AlertStudies alert={alert} />
      <details>
        <summary>{labels.alerts.details}</summary>
        <AlertClocks alert={alert} now={now} />
        <AlertSteps alert={alert} now={now} />
      </details>
    </main>
  );
}
