import type { EpochMs } from './time.ts';

/** One open connection of a listener. `proven` once it has sent something whole: a message block, or an association that was accepted. */
export type OpenConnection = {
  readonly address: string;
  readonly proven: boolean;
  /** Last byte, or the opening when none came. */
  readonly lastHeardAt: EpochMs;
};

export type AdmissionLimits = { readonly connections: number; readonly perAddress: number };

export type AdmissionRefusal = 'connection-limit' | 'address-limit';
export type Admission<C> =
  | { readonly kind: 'admit'; readonly evict: C | null }
  | { readonly kind: 'refuse'; readonly reason: AdmissionRefusal };

/** A place is kept for other senders, but one that opens many connections, or many senders behind one address, can still work. */
export const defaultPerAddress = (connections: number): number => Math.max(connections - 8, Math.ceil(connections / 2));

/**
 * Whether a listener takes one more connection. At a limit the unproven connection that was silent for longest gives way, so that sockets that say
 * nothing cannot lock out a sender; a proven one never does.
 */
export function admitConnection<C extends OpenConnection>(
  open: Iterable<C>,
  address: string,
  limits: AdmissionLimits,
): Admission<C> {
  const all = [...open];
  const sameAddress = all.filter((connection) => connection.address === address);
  const [crowd, reason]: [C[], AdmissionRefusal] =
    sameAddress.length >= limits.perAddress ? [sameAddress, 'address-limit'] : [all, 'connection-limit'];
  if (crowd === all && all.length < limits.connections) return { kind: 'admit', evict: null };
  const evict = longestSilent(crowd.filter(({ proven }) => !proven));
  return evict === null ? { kind: 'refuse', reason } : { kind: 'admit', evict };
}

const longestSilent = <C extends OpenConnection>(connections: readonly C[]): C | null =>
  connections.reduce<C | null>(
    (longest, each) => (longest === null || each.lastHeardAt < longest.lastHeardAt ? each : longest),
    null,
  );
