import type { Operation } from '@voorrang/contracts';
import { Banner } from '../../shared/banner.tsx';
import { useLanguage } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { useOperations, useSenders } from './use-operations.tsx';
import { clearedNotices, noticeView, openNotices, senderLines } from './view-model.ts';

export function OperationsPage() {
  const { labels } = useLanguage();
  const { operations } = labels;
  const { items, staleSince } = useOperations();
  const open = openNotices(items);
  const cleared = clearedNotices(items);
  return (
    <main className="operations-page">
      {staleSince === null ? null : (
        <Banner tone="alarm">{operations.stale(clockText(staleSince, Date.now(), labels))}</Banner>
      )}
      <h1>{operations.title}</h1>
      <section>
        <h2>
          {operations.open} {open.length > 0 ? <span className="count">{open.length}</span> : null}
        </h2>
        {open.length === 0 ? <p className="quiet">{operations.none}</p> : <Notices notices={open} />}
        <p>
          <Link to="/quarantine">{operations.toQuarantine}</Link>
        </p>
      </section>
      <SenderSection />
      {cleared.length === 0 ? null : (
        <section className="cleared">
          <h2>{operations.cleared}</h2>
          <Notices notices={cleared} />
        </section>
      )}
    </main>
  );
}

function Notices({ notices }: { readonly notices: readonly Operation[] }) {
  const { labels, language } = useLanguage();
  const now = useServerNow();
  return (
    <ul className="notices">
      {notices.map((notice) => {
        const view = noticeView(notice, labels, language, now);
        return (
          <li key={view.id} data-operation-kind={notice.kind}>
            <p>
              <strong>{view.text}</strong> <span className="quiet">{[view.when, ...view.facts].join(' · ')}</span>
            </p>
            {view.studyIds.length === 0 ? null : (
              <p className="notice-studies">
                <span className="quiet">{labels.operations.studies}</span>
                {view.studyIds.map((id, index) => (
                  <Link key={id} to={`/studies/${id}`}>
                    {labels.operations.study(index + 1)}
                  </Link>
                ))}
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function SenderSection() {
  const { labels } = useLanguage();
  const now = useServerNow();
  const senders = useSenders();
  const { columns } = labels.operations;
  if (senders === null) return null;
  return (
    <section>
      <h2>{labels.operations.senders}</h2>
      {senders.length === 0 ? <p className="quiet">{labels.operations.noSenders}</p> : null}
      <table className="grid">
        <thead>
          <tr>
            {Object.entries(columns).map(([column, text]) => (
              <th key={column} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {senderLines(senders, labels, now).map((line) => (
            <tr key={line.key} className={`sender-${line.tone}`} data-sender={line.key}>
              <th scope="row">{line.name}</th>
              <td>{line.site}</td>
              <td className="time">{line.heard}</td>
              <td>{line.messages}</td>
              <td>{line.silence}</td>
              <td>{line.clock}</td>
              <td>{line.tls}</td>
              <td className="sender-state">{line.state}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
