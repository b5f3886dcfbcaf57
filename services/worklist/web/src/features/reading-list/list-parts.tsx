import { useLabels } from '../../shared/language.tsx';

/** Stands for the rows that are not drawn, so that the table keeps its own layout and column widths. */
export function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    <tr className="spacer">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

type ListMessageProps = {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly empty: boolean;
  readonly onRetry: () => void;
};

export function ListMessage({ status, empty, onRetry }: ListMessageProps) {
  const labels = useLabels();
  if (!empty) return null;
  if (status === 'loading') return <p className="list-message">{labels.list.loading}</p>;
  if (status === 'ready') return <p className="list-message">{labels.list.empty}</p>;
  return (
    <p className="list-message">
      {labels.list.failed}{' '}
      <button type="button" className="button" onClick={onRetry}>
        {labels.list.retry}
      </button>
    </p>
  );
}

type SiteSelectProps = {
  readonly sites: readonly string[];
  readonly site: string | null;
  readonly onChoose: (site: string) => void;
};

export function SiteSelect({ sites, site, onChoose }: SiteSelectProps) {
  const labels = useLabels();
  if (sites.length < 2) return null;
  return (
    <label className="site">
      {labels.site}
      <select value={site ?? sites[0]} onChange={(event) => onChoose(event.target.value)}>
        {sites.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
