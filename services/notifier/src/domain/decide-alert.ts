import type { DurationMs, EpochMs } from '@voorrang/kernel';
import { type AlertFacts, type Contribution, isEscalating, isLive } from './alert.ts';

export type AlertInput = {
  readonly now: EpochMs;
  readonly episodeMs: DurationMs;
  readonly maximumAgeMs: DurationMs;
  /** Alerts of the team that share the episode, in any state, with their contributions in their state of now. */
  readonly alerts: readonly AlertFacts[];
  /** Live positive findings of the episode that page this team and belong to no alert yet. */
  readonly fresh: readonly Contribution[];
  /** Contributions that stopped being live with this change: those paged are told. */
  readonly lost: readonly Contribution[];
};

export type Decision =
  | { readonly kind: 'none' }
  /** Nothing but what is shown may have changed. */
  | { readonly kind: 'refresh'; readonly survivor: AlertFacts }
  | { readonly kind: 'raise'; readonly contributions: readonly Contribution[] }
  /** Too old when first seen to wake anybody; recorded and shown. */
  | { readonly kind: 'expire'; readonly contributions: readonly Contribution[] }
  | {
      readonly kind: 'keep';
      readonly survivor: AlertFacts;
      readonly superseded: readonly AlertFacts[];
      readonly added: readonly Contribution[];
      /** `reopen`: acknowledged before something critical was known. `acknowledged-elsewhere`: a human took the same findings over in a superseded alert. */
      readonly change: 'fill-in' | 'reopen' | 'acknowledged-elsewhere';
      readonly acknowledgedIn?: AlertFacts;
      /** Those paged are told that one of several findings is gone. */
      readonly tellLost: boolean;
    }
  /** No positive finding is left. */
  | { readonly kind: 'recall'; readonly survivor: AlertFacts; readonly superseded: readonly AlertFacts[] };

/** `history`: older acknowledged alerts whose findings are all gone; recalled whatever becomes of the current one. */
export type AlertDecision = { readonly decision: Decision; readonly history: readonly AlertFacts[] };

/** What a human who acknowledged knew: this finding on this study. */
const knowledgeOf = ({ studyId, finding }: Contribution): string => JSON.stringify([studyId, finding]);
const liveOf = (contributions: readonly Contribution[]): readonly Contribution[] =>
  contributions.filter((c) => c.state === 'live');

/**
 * What one team's alert of one episode becomes. One alert per episode and team: of several the earliest stays. A new finding on an acknowledged
 * alert, also the same one on another study, opens it again, because the one who acknowledged could not know of it. An acknowledged alert older than the episode is history:
 * it can still be recalled, but a new finding raises anew.
 */
export function decideAlert(input: AlertInput): AlertDecision {
  const { now, episodeMs } = input;
  const live = input.alerts.filter(({ state }) => isLive(state)).toSorted(byAge);
  const isCurrent = (alert: AlertFacts): boolean => isEscalating(alert.state) || now - alert.raisedAt <= episodeMs;
  const [survivor, ...superseded] = live.filter(isCurrent);
  const history = live.filter((alert) => !isCurrent(alert) && liveOf(alert.contributions).length === 0);
  return { decision: decideCurrent(input, survivor, superseded), history };
}

function decideCurrent(
  { now, maximumAgeMs, fresh, lost }: AlertInput,
  survivor: AlertFacts | undefined,
  superseded: readonly AlertFacts[],
): Decision {
  if (survivor === undefined) return fresh.length > 0 ? raiseOrExpire(fresh, now, maximumAgeMs) : { kind: 'none' };
  const everything = [survivor, ...superseded].flatMap(({ contributions }) => contributions);
  if (liveOf([...everything, ...fresh]).length === 0) return { kind: 'recall', survivor, superseded };
  const isCorrected = (gone: Contribution): boolean =>
    fresh.some((c) => c.replaces === gone.resultId && c.finding === gone.finding);
  const tellLost = lost.some((gone) => !isCorrected(gone));
  if (superseded.length === 0 && fresh.length === 0 && !tellLost) return { kind: 'refresh', survivor };
  return { kind: 'keep', survivor, superseded, added: fresh, tellLost, ...changeOf(survivor, superseded, fresh) };
}

function raiseOrExpire(fresh: readonly Contribution[], now: EpochMs, maximumAgeMs: DurationMs): Decision {
  const young = fresh.some(({ receivedAt, foundAt = receivedAt }) => now - foundAt <= maximumAgeMs);
  return { kind: young ? 'raise' : 'expire', contributions: fresh };
}

function changeOf(
  survivor: AlertFacts,
  superseded: readonly AlertFacts[],
  fresh: readonly Contribution[],
): Pick<Extract<Decision, { kind: 'keep' }>, 'change' | 'acknowledgedIn'> {
  const all = [survivor, ...superseded];
  const acknowledged = all.filter(({ state }) => state === 'acknowledged');
  const known = acknowledged.flatMap(({ contributions }) => contributions);
  const knownNow = new Set(liveOf(known).map(knowledgeOf));
  const open = all.filter(({ state }) => isEscalating(state)).flatMap(({ contributions }) => liveOf(contributions));
  const isCorrection = (c: Contribution, of: Contribution): boolean =>
    of.resultId === c.replaces && of.studyId === c.studyId && of.finding === c.finding;
  const isNews = (c: Contribution): boolean => !knownNow.has(knowledgeOf(c)) && !known.some((k) => isCorrection(c, k));
  const news = [...open, ...fresh].some(isNews);
  if (survivor.state === 'acknowledged') return { change: news ? 'reopen' : 'fill-in' };
  const acknowledgedIn = acknowledged[0];
  if (acknowledgedIn !== undefined && !news) return { change: 'acknowledged-elsewhere', acknowledgedIn };
  return { change: 'fill-in' };
}

const byAge = (a: AlertFacts, b: AlertFacts): number => a.raisedAt - b.raisedAt || (a.id < b.id ? -1 : 1);
