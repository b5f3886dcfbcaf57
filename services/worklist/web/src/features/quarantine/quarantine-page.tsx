import type { QuarantineItem } from '@voorrang/contracts';
import { useState } from 'react';
import { Banner } from '../../shared/banner.tsx';
import { useLabels } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { useQuarantine } from './use-quarantine.ts';
import { quarantineLine } from './view-model.ts';

const states: readonly QuarantineItem['state'][] = ['open', 'flagged', 'replayed', 'dismissed'];

export function QuarantinePage() {
  const labels = useLabels();
  const { quarantine } = labels;
  const [state, setState] = useState<QuarantineItem['state']>('open');
  return (
    <main className="operations-page">
      <h1>{quarantine.title}</h1>
      <p className="quiet">{quarantine.intro}</p>
      <nav className="tabs" aria-label={quarantine.title}>
        {states.map((one) => (
          <button key={one} type="button" aria-pressed={one === state} onClick={() => setState(one)}>
            {quarantine.tabs[one]}
          </button>
        ))}
      </nav>
      <Entries key={state} state={state} />
    </main>
  );
}

function Entries({ state }: { readonly state: QuarantineItem['state'] }) {
  const labels = useLabels();
  const { quarantine } = labels;
  const now = useServerNow();
  const { items, staleSince, more } = useQuarantine(state);
  return (
    <section>
      {staleSince === null ? null : (
        <Banner tone="alarm">{labels.operations.stale(clockText(staleSince, Date.now(), labels))}</Banner>
      )}
      {items?.length === 0 ? <p className="quiet">{quarantine.empty}</p> : null}
      {items === null || items.length === 0 ? null : (
        <table className="grid">
          <thead>
            <tr>
              {Object.entries(quarantine.columns).map(([column, text]) => (
                <th key={column} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items
              .map((item) => quarantineLine(item, labels, now))
              .map((line) => (
                <tr key={line.id} data-quarantine-id={line.id}>
                  <th scope="row" className="time">
                    <Link to={`/quarantine/${line.id}`}>{line.at}</Link>
                  </th>
                  <td>{line.sender}</td>
                  <td>{line.type}</td>
                  <td>{line.answer}</td>
                  <td>{line.problem}</td>
                  <td>{line.count}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
      {more === null ? null : (
        <button type="button" className="button" onClick={more}>
          {quarantine.more}
        </button>
      )}
    </section>
  );
}
