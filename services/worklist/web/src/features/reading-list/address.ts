import type { ListName } from '@voorrang/contracts';

export const shownLists: readonly ListName[] = ['reading', 'expected', 'done'];

export type Address = { readonly site: string | null; readonly name: ListName };

/** Site and list of the address bar, so that a reload or a bookmark shows the same list. */
export function addressOf(search: string): Address {
  const query = new URLSearchParams(search);
  const list = query.get('list');
  return { site: query.get('site'), name: shownLists.find((name) => name === list) ?? 'reading' };
}

export function addressText({ site, name }: Address): string {
  const query = new URLSearchParams({
    ...(site === null ? {} : { site }),
    ...(name === 'reading' ? {} : { list: name }),
  });
  return query.size === 0 ? '/' : `/?${query}`;
}
