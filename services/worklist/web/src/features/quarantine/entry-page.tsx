import type { QuarantineEntry } from '@voorrang/contracts';
import { useLabels } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { EntryActions } from './entry-actions.tsx';
import { useEntry } from './use-quarantine.ts';
import { markedSegments, problemText, quarantineLine } from './view-model.ts';

/** One message that could not be used. Its content is read once, when the page is opened. */
export function QuarantineEntryPage({ id }: { readonly id: string }) {
  const labels = useLabels();
  const { quarantine } = labels;
  const now = useServerNow();
  const { entry, missing, staleSince, refresh } = useEntry(id);
  const back = (
    <p className="back">
      <Link to="/quarantine">← {quarantine.back}</Link>
    </p>
  );
  if (entry === null) {
    const failed = staleSince === null ? labels.list.loading : labels.list.failed;
    return (
      <main className="operations-page">
        {back}
        <p className="list-message">{missing ? quarantine.missing : failed}</p>
      </main>
    );
  }
  const line = quarantineLine(entry, labels, now);
  const facts: readonly (readonly [string, string | number])[] = [
    [quarantine.columns.at, line.at],
    [quarantine.columns.sender, line.sender],
    [quarantine.facts.address, entry.address],
    [quarantine.facts.controlId, entry.controlId],
    [quarantine.columns.answer, entry.code],
    [quarantine.columns.count, entry.count],
    [quarantine.facts.bytes, entry.bytes],
    [quarantine.facts.charset, entry.charset],
    [quarantine.facts.state, quarantine.tabs[entry.state]],
    [quarantine.facts.by, entry.resolvedBy ?? ''],
  ];
  return (
    <main className="operations-page" data-quarantine-state={entry.state}>
      {back}
      <h1>{line.type}</h1>
      <div className="columns">
        <div>
          <EntryContent entry={entry} />
          <EntryActions key={`${entry.id} ${entry.state}`} entry={entry} onActed={refresh} />
        </div>
        <div>
          <section>
            <h2>{quarantine.problems}</h2>
            <ul>
              {entry.problems.map((problem) => (
                <li key={`${problem.location} ${problem.condition}`}>
                  {problemText(problem)} <span className="quiet">({problem.condition})</span>
                </li>
              ))}
            </ul>
          </section>
          <section>
            <h2>{quarantine.message}</h2>
            <table className="facts">
              <tbody>
                {facts
                  .filter(([, value]) => value !== '')
                  .map(([label, value]) => (
                    <tr key={label}>
                      <th scope="row">{label}</th>
                      <td>{value}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </section>
        </div>
      </div>
    </main>
  );
}

function EntryContent({ entry }: { readonly entry: QuarantineEntry }) {
  const labels = useLabels();
  return (
    <section>
      <h2>{labels.quarantine.content}</h2>
      <div className="message-text">
        {entry.kind === 'dicom' ? (
          <pre>{entry.content}</pre>
        ) : (
          <ol>
            {markedSegments(entry.content, entry.problems).map(({ key, parts, problems }) => (
              <li key={key} className={problems.length > 0 ? 'segment segment-wrong' : 'segment'}>
                {parts.map((part) =>
                  part.marked ? <mark key={part.key}>{part.text}</mark> : <span key={part.key}>{part.text}</span>,
                )}
                {problems.map((problem) => (
                  <em key={`${problem.location} ${problem.condition}`}>{problemText(problem)}</em>
                ))}
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}
