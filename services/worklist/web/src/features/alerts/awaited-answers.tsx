import type { AwaitedAnswers as Awaited } from '@voorrang/contracts';
import { getJson } from '../../shared/api.ts';
import { useLabels } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { usePolled } from '../../shared/use-polled.ts';
import { awaitedTexts } from './view-model.ts';

const path = '/api/v1/alerts/awaited';
const refreshMs = 10_000;

/** Unread studies of a stroke code for which AI gives no answer: shown to the team, pages nobody. Silence must not read as "no occlusion". */
export function AwaitedAnswers({ now }: { readonly now: number }) {
  const labels = useLabels();
  const { value, staleSince } = usePolled(
    path,
    (signal) => getJson<{ readonly items: readonly Awaited[] }>(path, signal),
    { everyMs: refreshMs },
  );
  const items = value?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="alert-section section-awaited">
      <h2>
        {labels.alerts.awaited} <span className="count">{items.length}</span>
      </h2>
      <p className="quiet">
        {labels.alerts.awaitedNote}
        {staleSince === null ? '' : ` ${labels.alerts.stale(clockText(staleSince, Date.now(), labels))}`}
      </p>
      {items.map((item) => (
        <article key={item.studyId} className="alert-card" data-awaited-study={item.studyId}>
          <ul className="alert-findings">
            {awaitedTexts(item, labels, now).map((text) => (
              <li key={text} className="alert-finding finding-absent">
                {text}
              </li>
            ))}
          </ul>
          <p className="alert-studies">
            <span className="quiet">
              {item.team} {item.site}
            </span>{' '}
            <Link to={`/studies/${item.studyId}`} className="button">
              {labels.alerts.openStudy} →
            </Link>
          </p>
        </article>
      ))}
    </section>
  );
}
