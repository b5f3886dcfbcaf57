import type { ListName } from '@voorrang/contracts';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, getJson } from '../../shared/api.ts';
import { useObserveServerTime } from '../../shared/use-server-now.tsx';
import { feedEventNames, parseFeedEvent } from './feed.ts';
import { applyChange, emptyList, type ListPage, type LiveList, listOfPages } from './live-list.ts';

const pageSize = 500;
const pageLimit = 6;
const probeMs = 10_000;
const retryMs = 5_000;
/** A broken connection is told after this long: a reconnect within it is nobody's business. */
const graceMs = 4_000;

export type LiveListState = {
  readonly list: LiveList;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly rebuilding: boolean;
  /** Time of this workstation since when what is shown may be old; `null` while all is well. */
  readonly staleSince: number | null;
  readonly reload: () => void;
};

/**
 * One list of one site, kept current. The pages are read first; the feed then begins at their revision, so nothing falls in between.
 * A reset, another epoch or a feed that was shut reads the list again, and what was there stays visible until then. `site` null means the default one.
 */
export function useLiveList(site: string | null, name: ListName): LiveListState {
  const [list, setList] = useState<LiveList>(emptyList);
  const [status, setStatus] = useState<LiveListState['status']>('loading');
  const [rebuilding, setRebuilding] = useState(false);
  const [staleSince, setStaleSince] = useState<number | null>(null);
  const [generation, setGeneration] = useState(0);
  const observeTime = useObserveServerTime();
  const shown = useRef('');
  const reload = useCallback(() => setGeneration((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new generation reads the list again
  useEffect(() => {
    const stop = new AbortController();
    const query = `list=${name}${site === null ? '' : `&site=${encodeURIComponent(site)}`}`;
    let current: LiveList | null = null;
    let feed: EventSource | null = null;
    let reading = true;
    let lastGood = Date.now();
    let troubledSince: number | null = null;

    const good = (): void => {
      lastGood = Date.now();
      troubledSince = null;
      setStaleSince(null);
    };
    const trouble = (): void => {
      troubledSince ??= lastGood;
      if (Date.now() - troubledSince >= graceMs) setStaleSince(troubledSince);
    };
    const show = (next: LiveList): void => {
      current = next;
      setList(next);
    };
    // A list that was never shown before starts empty; the same one stays in view while it is read again.
    if (shown.current !== query) {
      shown.current = query;
      setList(emptyList);
      setStatus('loading');
    }

    const readPages = async (): Promise<LiveList> => {
      const pages: ListPage[] = [];
      let cursor: string | null | undefined;
      do {
        const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
        const page = await getJson<ListPage>(`/api/v1/worklist?${query}&limit=${pageSize}${more}`, stop.signal);
        tell(page);
        pages.push(page);
        cursor = page.nextCursor;
      } while (cursor && pages.length < pageLimit);
      return listOfPages(pages);
    };
    const tell = (page: ListPage): void => {
      setRebuilding(page.state === 'rebuilding');
      if (page.stale === true) trouble();
      else observeTime(page.generatedAt);
    };

    const follow = ({ epoch, revision }: LiveList): void => {
      const since = epoch === null ? '' : `&lastEventId=${encodeURIComponent(`${epoch}.${revision}`)}`;
      feed = new EventSource(`/api/v1/worklist/events?${query}${since}`);
      feed.onopen = good;
      feed.onerror = trouble;
      for (const eventName of feedEventNames) {
        feed.addEventListener(eventName, (message) => take(eventName, message as MessageEvent<string>));
      }
    };
    const take = (eventName: (typeof feedEventNames)[number], message: MessageEvent<string>): void => {
      const event = parseFeedEvent(eventName, message.data, message.lastEventId);
      if (event === null || current === null) return;
      if (event.kind === 'place' && event.stale) trouble();
      else good();
      switch (event.kind) {
        case 'reset':
          reload();
          break;
        case 'change':
          show(applyChange(current, event.change));
          break;
        case 'place':
          setRebuilding(event.rebuilding);
          if (event.revision > current.revision) show({ ...current, revision: event.revision });
      }
    };

    readPages()
      .then((loaded) => {
        show(loaded);
        setStatus('ready');
        follow(loaded);
      })
      .catch((error: unknown) => {
        if (stop.signal.aborted || (error instanceof ApiError && error.status === 401)) return;
        setStatus((now) => (now === 'ready' ? now : 'failed'));
        troubledSince ??= lastGood - graceMs;
        trouble();
      })
      .finally(() => {
        reading = false;
      });

    // A connection may die without a word: ask now and then. The heartbeat of the feed itself cannot be seen by a page.
    const probe = async (): Promise<void> => {
      try {
        const page = await getJson<ListPage>(`/api/v1/worklist?${query}&limit=1`, stop.signal);
        tell(page);
        if (page.stale === true || reading) return;
        if (feed === null || feed.readyState === EventSource.CLOSED || page.epoch !== current?.epoch) reload();
        else if (feed.readyState === EventSource.OPEN) good();
      } catch {
        if (!stop.signal.aborted) trouble();
      }
    };
    const probing = window.setInterval(() => void probe(), probeMs);
    const watching = window.setInterval(() => {
      if (troubledSince !== null) trouble();
    }, 1_000);
    const again = window.setInterval(() => {
      if (feed?.readyState === EventSource.CLOSED) void probe();
    }, retryMs);
    return () => {
      stop.abort();
      feed?.close();
      for (const timer of [probing, watching, again]) window.clearInterval(timer);
    };
  }, [site, name, generation, reload, observeTime]);

  return { list, status, rebuilding, staleSince, reload };
}
