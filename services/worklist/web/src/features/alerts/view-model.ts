import type { Alert, AwaitedAnswers } from '@voorrang/contracts';
import type { Labels } from '../../shared/labels/en.ts';
import { clockText, durationText } from '../../shared/time.ts';

export type AlertSection = 'act' | 'acknowledged' | 'ended';

/** What still waits for a human: an alert at its fallback does so most of all. */
export const needsSomebody = (alert: Pick<Alert, 'state'>): boolean =>
  alert.state === 'open' || alert.state === 'fallback-reached';

export const sectionOf = (alert: Pick<Alert, 'state'>): AlertSection =>
  needsSomebody(alert) ? 'act' : alert.state === 'acknowledged' ? 'acknowledged' : 'ended';

const severities = ['high', 'moderate', 'low'] as const;

/** Waiting ones first: nobody answered, then severity, then the longest waiting. The others newest first. */
export function sortedAlerts(alerts: readonly Alert[]): Readonly<Record<AlertSection, readonly Alert[]>> {
  const urgency = (alert: Alert): number =>
    (alert.state === 'fallback-reached' ? 0 : 10) + severities.indexOf(alert.severity);
  const of = (section: AlertSection): Alert[] => alerts.filter((alert) => sectionOf(alert) === section);
  const newest = (a: Alert, b: Alert): number => b.raisedAt - a.raisedAt;
  return {
    act: of('act').sort((a, b) => urgency(a) - urgency(b) || a.raisedAt - b.raisedAt),
    acknowledged: of('acknowledged').sort(newest),
    ended: of('ended').sort(newest),
  };
}

export type FindingView = {
  readonly key: string;
  readonly text: string;
  readonly tone: 'positive' | 'negative' | 'absent';
};

/** What is known so far. Failed, late and waiting are never worded or drawn like "not reported". */
export function findingViews(alert: Pick<Alert, 'findings'>, labels: Labels, now: number): readonly FindingView[] {
  return alert.findings.map((one) => {
    const name = labels.findings[one.finding]?.short ?? one.finding;
    const details = [one.severity === null ? null : labels.severities[one.severity], one.location]
      .filter((detail) => detail !== null && detail !== '')
      .join(', ');
    const at = one.receivedAt === null ? '' : ` · ${clockText(one.receivedAt, now, labels)}`;
    const said = labels.alerts.outcomes[one.outcome] ?? one.outcome;
    const tone = one.outcome === 'positive' || one.outcome === 'negative' ? one.outcome : 'absent';
    return {
      key: `${one.finding} ${one.detector}`,
      text: `${name}: ${said}${details === '' ? '' : `, ${details}`}${at}`,
      tone,
    };
  });
}

export type ClockLine = {
  readonly key: string;
  readonly label: string;
  readonly at: string;
  readonly since: string | null;
};

const clockOrder = ['imagesCompleteAt', 'runReceivedAt', 'firstPageAcceptedAt', 'acknowledgedAt'] as const;

/** The stored clocks, each with the time since the one before: where the minutes went. */
export function alertClocks(alert: Pick<Alert, 'clocks'>, labels: Labels, now: number): readonly ClockLine[] {
  const known = clockOrder.flatMap((key) => {
    const at = alert.clocks[key];
    return at === null ? [] : [{ key, at }];
  });
  return known.map(({ key, at }, index) => {
    const before = known[index - 1]?.at;
    return {
      key,
      label: labels.alerts.clock[key],
      at: clockText(at, now, labels, true),
      since: before === undefined || at < before ? null : `+ ${shortDuration(at - before, labels)}`,
    };
  });
}

/** Seconds matter here: "4 s", "1 min". */
const shortDuration = (ms: number, labels: Labels): string =>
  ms < 60_000 ? `${Math.round(ms / 1000)} s` : durationText(ms, labels);

/** The step that comes next while nobody has answered; none any more at the fallback. */
export const nextStep = (alert: Alert): Alert['steps'][number] | null =>
  alert.state === 'open' ? (alert.steps.find(({ state }) => state === 'pending') ?? null) : null;

/** Which answers of AI a stroke code waits for in vain, each with its display and since when. */
export const awaitedTexts = ({ missing }: AwaitedAnswers, labels: Labels, now: number): readonly string[] =>
  missing.map(({ finding, detector, display, since }) => {
    const name = labels.findings[finding]?.short ?? finding;
    return `${name}: AI ${labels.ai.marks[display]} (${clockText(since, now, labels)}, ${detector})`;
  });
