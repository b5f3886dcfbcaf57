import { VoorrangError } from '@voorrang/kernel';
import type { WorklistReader } from '@voorrang/worklist-store';

/** The same store behind a link that can be cut. */
export function cuttable(store: WorklistReader, link: { away: boolean }): WorklistReader {
  const linked =
    <A extends unknown[], T>(call: (...given: A) => Promise<T>) =>
    (...given: A): Promise<T> =>
      link.away ? Promise.reject(new VoorrangError('VRG_STORE_UNAVAILABLE')) : call(...given);
  return {
    page: linked((...given) => store.page(...given)),
    study: linked((id) => store.study(id)),
    search: linked((...given) => store.search(...given)),
    changesSince: linked((...given) => store.changesSince(...given)),
    status: linked(() => store.status()),
    onChange: (listener) => store.onChange(listener),
    get health() {
      return link.away ? { ok: false, detail: 'away' } : store.health;
    },
  };
}
