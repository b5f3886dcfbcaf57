import type { Alert } from '@voorrang/contracts';
import { useLabels } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText, durationText } from '../../shared/time.ts';
import { alertClocks, findingViews, nextStep } from './view-model.ts';

type Props = { readonly alert: Alert; readonly now: number };

export function AlertHead({ alert, now, level }: Props & { readonly level: 1 | 2 }) {
  const labels = useLabels();
  const Heading = `h${level}` as const;
  const next = nextStep(alert);
  return (
    <header className="alert-head">
      <Heading>
        <span className={`severity severity-${alert.severity}`}>{labels.severities[alert.severity]}</span> {alert.team}{' '}
        <span className="quiet">{alert.site}</span>
      </Heading>
      <p>
        <span className={`alert-state state-${alert.state}`}>{labels.alerts.states[alert.state]}</span>{' '}
        <span className="quiet">
          {labels.alerts.raised(clockText(alert.raisedAt, now, labels), durationText(now - alert.raisedAt, labels))}
        </span>
      </p>
      {next === null ? null : (
        <p className="quiet">
          {labels.alerts.step(next.index + 1)}: {clockText(next.dueAt, now, labels, true)} ·{' '}
          {labels.alerts.fallbackAt(clockText(alert.fallbackAt, now, labels, true))}
        </p>
      )}
    </header>
  );
}

export function AlertFindings({ alert, now }: Props) {
  const labels = useLabels();
  return (
    <ul className="alert-findings">
      {findingViews(alert, labels, now).map(({ key, text, tone }) => (
        <li key={key} className={`alert-finding finding-${tone}`}>
          {text}
        </li>
      ))}
    </ul>
  );
}

export function AlertStudies({ alert }: { readonly alert: Alert }) {
  const labels = useLabels();
  return (
    <p className="alert-studies">
      {alert.studies.map((studyId, index) => (
        <Link key={studyId} to={`/studies/${studyId}`} className="button">
          {labels.alerts.openStudy}
          {alert.studies.length > 1 ? ` ${index + 1}` : ''} →
        </Link>
      ))}
      {alert.supersededBy === null ? null : (
        <Link to={`/alerts/${alert.supersededBy}`} className="button">
          {labels.alerts.supersededBy} →
        </Link>
      )}
    </p>
  );
}

export function AlertClocks({ alert, now }: Props) {
  const labels = useLabels();
  return (
    <table className="facts">
      <tbody>
        {alertClocks(alert, labels, now).map(({ key, label, at, since }) => (
          <tr key={key}>
            <th scope="row">{label}</th>
            <td className="time">{at}</td>
            <td className="quiet">{since}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function AlertSteps({ alert, now }: Props) {
  const labels = useLabels();
  return (
    <ol className="steps">
      {alert.steps.map((step) => (
        <li key={step.index}>
          <span className="time">{clockText(step.dueAt, now, labels, true)}</span> {labels.alerts.step(step.index + 1)}{' '}
          <span className={`flag step-${step.state}`}>{labels.alerts.stepStates[step.state]}</span>{' '}
          {step.targets.join(', ')}
          <ul>
            {alert.pages
              .filter(({ stepIndex }) => stepIndex === step.index)
              .map((page) => (
                <li key={`${page.channel} ${page.recipient}`} className="quiet">
                  {page.channel} → {page.recipient}: {page.state}
                  {page.acceptedAt === null ? '' : ` ${clockText(page.acceptedAt, now, labels, true)}`}
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
