import type { Row, StudyDetail, UrgencyClass } from '@voorrang/contracts';
import type { Labels } from '../../shared/labels/en.ts';
import { clockText, durationText } from '../../shared/time.ts';

export type ClockLine = {
  readonly key: string;
  readonly label: string;
  readonly at: string;
  readonly since: string | null;
};

const order = ['firstObservedAt', 'imagesCompleteAt', 'firstRunReceivedAt', 'dueAt', 'maxWaitAt', 'readAt'] as const;

/** The clocks of a study that have a time, each with how long after the one before it came. */
export function clockLines(clocks: StudyDetail['clocks'], labels: Labels, now: number): readonly ClockLine[] {
  const known = order.flatMap((key) => {
    const at = clocks[key];
    return at === null ? [] : [{ key, at }];
  });
  const first = known[0]?.at;
  return known.map(({ key, at }) => ({
    key,
    label: labels.study.clock[key],
    at: clockText(at, now, labels, true),
    since: first === undefined || at <= first ? null : `+ ${durationText(at - first, labels)}`,
  }));
}

export type ConflictLine = { readonly key: string; readonly text: string };

/** In what the facts of a study contradict each other, in words. */
export const conflictLines = (conflicts: StudyDetail['conflicts'], labels: Labels): readonly ConflictLine[] =>
  conflicts.map(({ kind, otherSite, count }) => {
    const { conflict } = labels.study;
    const text =
      kind === 'instance-content'
        ? conflict[kind](count)
        : kind === 'two-sites'
          ? conflict[kind](otherSite)
          : conflict[kind];
    return { key: `${kind} ${otherSite ?? ''}`, text };
  });

const urgencyOrder: readonly UrgencyClass[] = ['acute', 'emergency', 'urgent', 'routine'];

/**
 * A person may only raise: the classes above the present one; all for a study that has none. Where AI has raised it, all that can stand above
 * its place without AI, so that it keeps its place when the run is withdrawn.
 */
export function classesAbove({
  urgencyClass,
  reasons,
}: Pick<Row, 'urgencyClass' | 'reasons'>): readonly UrgencyClass[] {
  if (urgencyClass === null) return urgencyOrder;
  const shown = reasons.some(({ code }) => code === 'without-ai') ? 'routine' : urgencyClass;
  return urgencyOrder.slice(0, urgencyOrder.indexOf(shown));
}

export type RunLine = {
  readonly key: string;
  readonly title: string;
  readonly at: string;
  readonly marks: readonly string[];
  readonly findings: readonly { readonly key: string; readonly text: string; readonly positive: boolean }[];
};

type FindingOfRun = {
  readonly finding?: unknown;
  readonly outcome?: unknown;
  readonly location?: unknown;
  readonly severity?: unknown;
};

/** Runs, newest first. What a run says is in its own words; a negative one is never worded as an all-clear. */
export function runLines(runs: StudyDetail['runs'], labels: Labels, now: number): readonly RunLine[] {
  return runs
    .toSorted((a, b) => b.recordedAt - a.recordedAt)
    .map((run) => ({
      key: run.resultId,
      title: `${run.detector} ${run.version}`,
      at: clockText(run.recordedAt, now, labels, true),
      marks: [
        run.status === 'completed' ? null : run.status,
        run.withdrawn ? labels.study.withdrawn : null,
        run.replacedBy === null ? null : labels.study.replaced,
        run.shadow ? labels.study.shadow : null,
      ].filter((mark) => mark !== null),
      findings: (run.findings as readonly FindingOfRun[]).map((one, index) => findingLine(one, index, labels)),
    }));
}

function findingLine(one: FindingOfRun, index: number, labels: Labels): RunLine['findings'][number] {
  const code = String(one.finding ?? '?');
  const outcome = String(one.outcome ?? '?');
  const severity = labels.severities[one.severity as keyof Labels['severities']];
  const details = [severity, typeof one.location === 'string' ? one.location : undefined].filter(Boolean).join(', ');
  const name = labels.findings[code]?.short ?? code;
  const said = labels.alerts.outcomes[outcome] ?? outcome;
  return {
    key: `${code} ${index}`,
    text: `${name}: ${said}${details === '' ? '' : ` (${details})`}`,
    positive: outcome === 'positive',
  };
}
