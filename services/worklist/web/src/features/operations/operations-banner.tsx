import { Banner } from '../../shared/banner.tsx';
import { useLanguage } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { useOperations } from './use-operations.tsx';
import { bannerView, unknownSince } from './view-model.ts';

/** One line on every page while notices stand: what did not come is missing from the list too. */
export function OperationsBanner() {
  const { labels, language } = useLanguage();
  const { items, staleSince } = useOperations();
  // Ticks: while answers fail nothing else makes it look again.
  useServerNow();
  const now = Date.now();
  const unknown = unknownSince(staleSince, now);
  if (unknown !== null) return <Banner tone="alarm">{labels.operations.stale(clockText(unknown, now, labels))}</Banner>;
  const view = bannerView(items, labels, language);
  if (view === null) return null;
  return (
    <output className="operations-banner">
      <strong>{view.text}</strong> {view.more === null ? null : <span>{view.more}</span>}{' '}
      <Link to="/operations">{labels.operations.nav}</Link>
    </output>
  );
}
