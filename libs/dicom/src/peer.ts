/** Who is at the other end: what the association request says, and what the connection shows. */
export type Peer = {
  readonly callingAe: string;
  readonly calledAe: string;
  readonly remoteAddress: string;
  readonly tls: boolean;
  /** SHA-256 of the verified client certificate, lower-case hex; null where none was given. */
  readonly certificateSha256: string | null;
};

/** Before the association request. */
export const unnamedPeer = (
  remoteAddress: string,
  secured: { readonly certificateSha256: string | null } | undefined,
): Peer => ({
  callingAe: '',
  calledAe: '',
  remoteAddress,
  tls: secured !== undefined,
  certificateSha256: secured?.certificateSha256 ?? null,
});
