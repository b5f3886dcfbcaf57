import { type Origin, type OriginRefusal, originRefusal } from '@voorrang/kernel';
import { type PeerOperation, peerOperations } from './operations.ts';
import type { Peer } from './peer.ts';

/** What is known of one calling AE title. A title may stand in several rules: the first whose conditions hold counts. */
export type PeerRule = Origin & {
  readonly callingAe: string;
  /** Titles of ours that it may call; absent: any that the listener takes. */
  readonly calledAe?: readonly string[];
  /** Absent: all. */
  readonly operations?: readonly PeerOperation[];
  /** Associations at a time; absent: the limit of all. */
  readonly associations?: number;
};

export type PeerRules = {
  readonly peers: readonly PeerRule[];
  /** For calling AE titles that no rule names. */
  readonly unknown: 'accept' | 'refuse';
  /** Peers without TLS are refused unless their rule waives it; unknown ones have no rule. */
  readonly plaintextNeedsWaiver: boolean;
};

export type PeerRefusal = 'unknown-calling-ae' | 'called-ae' | OriginRefusal;

export type PeerDecision =
  | { readonly kind: 'accept'; readonly operations: readonly PeerOperation[]; readonly associations: number }
  | { readonly kind: 'refuse'; readonly reason: PeerRefusal };

/** Our own titles: with `any` true every other one is taken as well, unless the rule of the peer says otherwise. */
export type OwnTitle = { readonly title: string; readonly any: boolean };

/** Whether a peer is let in, what it may do, and how many associations it may have. */
export function decidePeer(rules: PeerRules, peer: Peer, own: OwnTitle): PeerDecision {
  const named = rules.peers.filter(({ callingAe }) => callingAe === peer.callingAe);
  if (named.length === 0) {
    if (rules.unknown === 'refuse') return { kind: 'refuse', reason: 'unknown-calling-ae' };
    const reason = refusalOf({ callingAe: peer.callingAe }, rules, peer, own);
    return reason === undefined ? accept({}) : { kind: 'refuse', reason };
  }
  let first: PeerRefusal | undefined;
  for (const rule of named) {
    const reason = refusalOf(rule, rules, peer, own);
    if (reason === undefined) return accept(rule);
    first ??= reason;
  }
  return { kind: 'refuse', reason: first ?? 'unknown-calling-ae' };
}

function refusalOf(rule: PeerRule, rules: PeerRules, peer: Peer, own: OwnTitle): PeerRefusal | undefined {
  // who it is comes first: a stranger is not told which titles there are
  const origin = originRefusal(rule, peer, rules);
  if (origin !== undefined) return origin;
  const isCalled = rule.calledAe?.includes(peer.calledAe) ?? (own.any || peer.calledAe === own.title);
  return isCalled ? undefined : 'called-ae';
}

const accept = ({
  operations = peerOperations,
  associations = Number.POSITIVE_INFINITY,
}: Pick<PeerRule, 'operations' | 'associations'>): PeerDecision => ({ kind: 'accept', operations, associations });
