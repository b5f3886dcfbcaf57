import { useVirtualizer } from '@tanstack/react-virtual';
import type { ListName } from '@voorrang/contracts';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { actOnStudy } from '../../shared/actions.ts';
import { Banner } from '../../shared/banner.tsx';
import { useLabels } from '../../shared/language.tsx';
import { useRouter } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { isOnControl, useKeys } from '../../shared/use-keys.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { useSession } from '../session/use-session.tsx';
import { addressOf, addressText, shownLists } from './address.ts';
import { ListMessage, SiteSelect, Spacer } from './list-parts.tsx';
import { ListRow } from './list-row.tsx';
import { rowsInOrder } from './live-list.ts';
import { useLiveList } from './use-live-list.ts';
import { useMoves } from './use-moves.ts';
import { useSelection, useStable } from './use-selection.ts';
import { useSteadyScroll } from './use-steady-scroll.ts';
import { claimView } from './view-model.ts';

const estimatedRow = 78;
/** Of the sticky head of the table, which covers what is scrolled under it. */
const headerHeight = 34;

export function ReadingListPage() {
  const labels = useLabels();
  const { go } = useRouter();
  const { user } = useSession();
  const [address, setAddress] = useState(() => addressOf(window.location.search));
  const { site, name } = address;
  const live = useLiveList(site, name);
  const now = useServerNow();
  const minute = Math.floor(now / 10_000) * 10_000;
  const rows = useMemo(() => rowsInOrder(live.list), [live.list]);
  const ids = useStable(useMemo(() => rows.map(({ studyId }) => studyId), [rows]));
  const moves = useMoves(ids, `${site}/${name}`);
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer<HTMLElement, HTMLTableRowElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedRow,
    overscan: 12,
    scrollPaddingStart: headerHeight,
    getItemKey: (index) => rows[index]?.studyId ?? index,
  });
  const steady = useSteadyScroll(scroller, virtualizer, ids);
  const { selected, select, step, toFirst } = useSelection(ids, virtualizer, scroller);
  const [confirming, setConfirming] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const selectedRow = rows.find(({ studyId }) => studyId === selected);

  const choose = useCallback((next: { readonly site?: string | null; readonly name?: ListName }) => {
    setAddress((last) => {
      const chosen = { ...last, ...next };
      window.history.replaceState(null, '', addressText(chosen));
      return chosen;
    });
  }, []);
  const open = useCallback((studyId: string) => go(`/studies/${studyId}`), [go]);
  const act = async (action: 'claim' | 'release' | 'read'): Promise<void> => {
    if (selected === null) return;
    const outcome = await actOnStudy(selected, action);
    setNotice(
      outcome.kind === 'done'
        ? null
        : outcome.kind === 'held'
          ? labels.actions.heldBy(outcome.by)
          : labels.actions.failed(outcome.what),
    );
  };
  const claim = selectedRow === undefined ? null : claimView(selectedRow, labels, now, user?.user ?? null);
  const read = (): void => {
    if (selected === null || name === 'done') return;
    setConfirming(confirming === selected ? null : selected);
    if (confirming === selected) void act('read');
  };

  useKeys([
    [['j', 'ArrowDown'], () => step(1)],
    [['k', 'ArrowUp'], () => step(-1)],
    [
      ['Home'],
      () => {
        toFirst();
        steady.toTop();
      },
    ],
    [['Enter'], (event) => (selected === null || isOnControl(event.target) ? false : open(selected))],
    [['c'], () => act(claim?.isMine ? 'release' : 'claim')],
    [['r'], read],
    [
      ['Escape'],
      () => {
        setConfirming(null);
        setNotice(null);
      },
    ],
    ...shownLists.map((list, index) => [[String(index + 1)], () => choose({ name: list })] as const),
  ]);
  useEffect(() => {
    if (confirming !== null && confirming !== selected) setConfirming(null);
  }, [confirming, selected]);

  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  const columns = Object.entries(labels.columns);
  const isStale = live.staleSince !== null;
  return (
    <main className="list-page">
      {live.staleSince === null ? null : (
        <Banner tone="alarm">{labels.list.stale(clockText(live.staleSince, Date.now(), labels))}</Banner>
      )}
      {live.rebuilding ? <Banner tone="warning">{labels.list.rebuilding}</Banner> : null}
      <div className="list-bar">
        <nav className="tabs" aria-label={labels.nav.list}>
          {shownLists.map((one) => (
            <button key={one} type="button" aria-pressed={one === name} onClick={() => choose({ name: one })}>
              {labels.lists[one]}
              {one === name && live.status === 'ready' ? <span className="count">{live.list.total}</span> : null}
            </button>
          ))}
        </nav>
        <SiteSelect sites={user?.sites ?? []} site={site} onChoose={(next) => choose({ site: next })} />
        {live.list.complete || live.status !== 'ready' ? null : (
          <span className="quiet">{labels.list.partial(rows.length, live.list.total)}</span>
        )}
        <output className="notice">{notice}</output>
        {steady.above > 0 ? (
          <button type="button" className="above" onClick={steady.toTop}>
            ↑ {labels.list.above(steady.above)}
          </button>
        ) : null}
      </div>
      <div ref={scroller} className={isStale ? 'scroller is-stale' : 'scroller'}>
        <table className="list" aria-rowcount={live.list.total + 1} aria-busy={live.status === 'loading'}>
          <caption className="hidden">{labels.list.caption}</caption>
          <colgroup>
            {columns.map(([column]) => (
              <col key={column} className={`col-${column}`} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map(([column, text]) => (
                <th key={column} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Spacer height={before} columns={columns.length} />
            {items.map((item) => {
              const row = rows[item.index];
              return row === undefined ? null : (
                <ListRow
                  key={row.studyId}
                  row={row}
                  index={item.index}
                  now={minute}
                  user={user?.user ?? null}
                  selected={row.studyId === selected}
                  move={moves.get(row.studyId)}
                  confirming={confirming === row.studyId}
                  measure={virtualizer.measureElement}
                  onSelect={select}
                  onOpen={open}
                />
              );
            })}
            <Spacer height={after} columns={columns.length} />
          </tbody>
        </table>
        <ListMessage status={live.status} empty={rows.length === 0} onRetry={live.reload} />
      </div>
    </main>
  );
}
