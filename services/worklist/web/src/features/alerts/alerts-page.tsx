import { Banner } from '../../shared/banner.tsx';
import { useLabels } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { AlertAnswer } from './alert-answer.tsx';
import { AlertClocks, AlertFindings, AlertHead, AlertSteps, AlertStudies } from './alert-parts.tsx';
import { AwaitedAnswers } from './awaited-answers.tsx';
import { useAlerts } from './use-alerts.tsx';
import { type AlertSection, sortedAlerts } from './view-model.ts';

const sections: readonly AlertSection[] = ['act', 'acknowledged', 'ended'];

export function AlertsPage() {
  const labels = useLabels();
  const now = useServerNow();
  const { alerts, staleSince, refresh } = useAlerts();
  const sorted = sortedAlerts(alerts ?? []);
  return (
    <main className="alerts-page">
      {staleSince === null ? null : (
        <Banner tone="alarm">{labels.alerts.stale(clockText(staleSince, Date.now(), labels))}</Banner>
      )}
      <h1 className="hidden">{labels.alerts.title}</h1>
      {alerts !== null && sorted.act.length === 0 ? <p className="list-message">{labels.alerts.empty}</p> : null}
      {sections.map((section) =>
        sorted[section].length === 0 ? null : (
          <section key={section} className={`alert-section section-${section}`}>
            <h2>
              {labels.alerts.sections[section]} <span className="count">{sorted[section].length}</span>
            </h2>
            {sorted[section].map((alert) => (
              <article
                key={alert.id}
                className={`alert-card alert-${alert.state} severity-edge-${alert.severity}`}
                data-alert-id={alert.id}
              >
                <div>
                  <Link to={`/alerts/${alert.id}`} className="card-link">
                    <AlertHead alert={alert} now={now} level={2} />
                  </Link>
                  <AlertAnswer alert={alert} onAnswered={refresh} />
                </div>
                <div>
                  <AlertFindings alert={alert} now={now} />
                  <AlertStudies alert={alert} />
                </div>
                <div className="card-clocks">
                  <AlertClocks alert={alert} now={now} />
                </div>
                <details className="card-steps" open={section === 'act'}>
                  <summary>{labels.alerts.steps}</summary>
                  <AlertSteps alert={alert} now={now} />
                </details>
              </article>
            ))}
          </section>
        ),
      )}
      <AwaitedAnswers now={now} />
    </main>
  );
}
