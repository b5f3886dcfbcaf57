import { useLanguage } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { useOperations } from './use-operations.tsx';
import { bannerView } from './view-model.ts';

/** One line on every page while notices stand: what did not come is missing from the list too. */
export function OperationsBanner() {
  const { labels, language } = useLanguage();
  const { items } = useOperations();
  const view = bannerView(items, labels, language);
  if (view === null) return null;
  return (
    <output className="operations-banner">
      <strong>{view.text}</strong> {view.more === null ? null : <span>{view.more}</span>}{' '}
      <Link to="/operations">{labels.operations.nav}</Link>
    </output>
  );
}
