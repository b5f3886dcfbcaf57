/** Routing by path, without a library. Paths hold opaque ids only. */
export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'study'; readonly studyId: string }
  | { readonly page: 'alerts' }
  | { readonly page: 'alert'; readonly alertId: string }
  | { readonly page: 'operations' }
  | { readonly page: 'quarantine' }
  | { readonly page: 'quarantined'; readonly id: string }
  | { readonly page: 'sign-in' }
  | { readonly page: 'not-found' };

export function routeOf(path: string): Route {
  const [first = '', second, ...more] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (more.length > 0) return { page: 'not-found' };
  if (first === '') return { page: 'list' };
  if (first === 'studies' && second !== undefined) return { page: 'study', studyId: second };
  if (first === 'alerts') return second === undefined ? { page: 'alerts' } : { page: 'alert', alertId: second };
  if (first === 'operations' && second === undefined) return { page: 'operations' };
  if (first === 'quarantine')
    return second === undefined ? { page: 'quarantine' } : { page: 'quarantined', id: second };
  if (first === 'sign-in' && second === undefined) return { page: 'sign-in' };
  return { page: 'not-found' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Only a path of our own may follow sign-in: never another host. */
export const safeNext = (next: string | null): string =>
  next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/';
