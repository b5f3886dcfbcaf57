/** The sign-in page, with the way back. */
export const signInPath = (next: string): string =>
  next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`;

/** Token and name of a sign-in link: `#token=…`. The part after # never reaches a server or its log. */
export function tokenOfHash(hash: string): { readonly token: string; readonly name: string | null } | null {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const token = parameters.get('token')?.trim() ?? '';
  return token === '' ? null : { token, name: parameters.get('name') };
}
