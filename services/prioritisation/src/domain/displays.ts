import type { AiDisplay, Row } from '@voorrang/contracts';
import type { Stamp } from '@voorrang/kernel';
import type { Protocol } from '@voorrang/protocol';
import { type ProjectionContext, timeZoneOf } from './context.ts';
import { type DetectorState, detectorState, hasEffect } from './detector-state.ts';
import { isPositive, liveRuns, type RunState } from './runs.ts';
import { clockTime } from './site-time.ts';
import type { StudyEntity, WorklistState } from './state.ts';

export type RowAi = Row['ai'][number];

/** One version of a study that waits, or waited, for a detector. */
export type Expectation = {
  readonly detector: string;
  readonly version: number;
  readonly findings: readonly string[];
  readonly dueAt: number;
  readonly at: Stamp;
  /** From when on a run is of this version; `null` for the first: any run is. */
  readonly since: number | null;
  readonly overdue: boolean;
};

export function expectationsOf(study: StudyEntity): readonly Expectation[] {
  const found = new Map<string, Expectation>();
  const complete = new Map<number, number>();
  for (const fact of study.facts)
    if (fact.type === 'study.settled') complete.set(fact.data.version, fact.data.imagesCompleteAt);
  for (const fact of study.facts) {
    if (fact.type !== 'run.expected' && fact.type !== 'run.overdue') continue;
    const { detector, studyVersion: version, findings, dueAt } = fact.data;
    const key = `${detector}|${version}`;
    const known = found.get(key);
    const overdue = fact.type === 'run.overdue' || known?.overdue === true;
    const since = version === 1 ? null : (complete.get(version) ?? fact.stamp.observedAt);
    found.set(key, { detector, version, findings, dueAt, since, overdue, at: known?.at ?? fact.stamp });
  }
  return [...found.values()].sort((a, b) =>
    a.detector < b.detector ? -1 : a.detector > b.detector ? 1 : a.version - b.version,
  );
}

/**
 * What people see per detector and finding, from the closed set of design section 2. Only a run that says so is shown `negative`;
 * everything else that is not positive is one of the kinds of absence.
 */
export function aiDisplays(
  state: WorklistState,
  study: StudyEntity,
  runs: readonly RunState[],
  protocol: Protocol,
  context: ProjectionContext,
): readonly RowAi[] {
  const live = liveRuns(study, runs);
  const expectations = expectationsOf(study);
  const detectors = new Set([
    ...runs.filter(shown).map(({ run }) => run.detector.id),
    ...expectations.map((e) => e.detector),
  ]);
  return [...detectors].sort().flatMap((detector) => {
    const own = runs.filter(({ run }) => run.detector.id === detector).filter(shown);
    const answers = live.filter(({ run }) => run.detector.id === detector);
    const awaited = expectations.filter((one) => one.detector === detector);
    const registered = protocol.detectors.find(({ id }) => id === detector)?.findings ?? [];
    const current = detectorState(state, study.site, detector, protocol);
    const effective = answers.filter((one) => hasEffect(state, study, one, context));
    const unused = runs.filter(
      ({ fact, run, withdrawn }) => fact.data.shadow && run.detector.id === detector && withdrawn === null,
    );
    return findingsOf(own, awaited, registered).flatMap((finding): RowAi[] => {
      const suspended = current.state === 'suspended';
      const told = display(finding, own, suspended ? effective : answers, awaited, current.state === 'shadow');
      if (told === null) return [];
      if (!suspended) return [{ detector, finding, ...unlessContradicted(told, finding, unused) }];
      if (told.display !== 'positive')
        return [{ detector, finding, ...absent('suspended', current.reason), dueAt: told.dueAt }];
      const reason = suspendedSince(current, told.arrivedAt ?? 0, timeZoneOf(protocol, study.site));
      return [{ detector, finding, ...told, reason }];
    });
  });
}

function suspendedSince({ since, reason }: DetectorState, seenFrom: number, timeZone: string): string {
  const at = since === null ? '' : ` since ${clockTime(since.observedAt, timeZone, seenFrom).en}`;
  return `detector suspended${at}${reason === null ? '' : ` (${reason})`}`;
}

/** A negative is not shown when the detector said positive later, also where that has no effect: it came while it was suspended or in shadow. */
function unlessContradicted(told: Told, finding: string, unused: readonly RunState[]): Told {
  if (told.display !== 'negative') return told;
  const later = unused.some((one) => one.fact.stamp.observedAt >= (told.arrivedAt ?? 0) && isPositive(one, finding));
  if (!later) return told;
  return {
    ...absent('inconclusive', 'a later result differs and came while the detector was not in use'),
    dueAt: told.dueAt,
  };
}

const shown = ({ fact, replacedBy }: RunState): boolean => !fact.data.shadow && replacedBy === null;

/** Findings that were awaited or reported; those of the registry where a run failed before it could name any. */
function findingsOf(
  own: readonly RunState[],
  awaited: readonly Expectation[],
  registered: readonly string[],
): string[] {
  const named = new Set([
    ...own.flatMap(({ run }) => run.findings.map(({ finding }) => finding)),
    ...awaited.flatMap((e) => e.findings),
  ]);
  if (named.size === 0) for (const finding of registered) named.add(finding);
  return [...named].sort();
}

type Told = Omit<RowAi, 'detector' | 'finding'>;

const absent = (display: AiDisplay, reason: string | null, arrivedAt: number | null = null): Told => ({
  display,
  confidence: null,
  severity: null,
  arrivedAt,
  dueAt: null,
  reason,
});

/** Positive stands until it is withdrawn or corrected. Else a version that still waits comes before an answer on an older one. */
function display(
  finding: string,
  own: readonly RunState[],
  answers: readonly RunState[],
  awaited: readonly Expectation[],
  inShadow: boolean,
): Told | null {
  const expected = awaited.filter((one) => one.findings.includes(finding));
  const dueAt = expected.at(-1)?.dueAt ?? null;
  const positive = answers.findLast((one) => isPositive(one, finding));
  if (positive) return { ...toldBy(positive, finding), dueAt };
  const waiting = inShadow ? undefined : expected.findLast((one) => !answers.some((run) => answersTo(run, one)));
  const withdrawn = own.findLast((run) => run.withdrawn !== null);
  if (waiting && (withdrawn === undefined || !answersTo(withdrawn, waiting)))
    return { ...absent(waiting.overdue ? 'late' : 'expected', null), dueAt };
  const last = answers.findLast((run) => speaksOf(run, finding)) ?? answers.at(-1);
  if (last) return { ...toldBy(last, finding), dueAt };
  if (withdrawn?.withdrawn)
    return {
      ...absent('failed', withdrawn.withdrawn.data.reason ?? 'withdrawn', withdrawn.fact.stamp.observedAt),
      dueAt,
    };
  return null;
}

const answersTo = ({ fact }: RunState, { since }: Expectation): boolean =>
  since === null || fact.stamp.observedAt >= since;

const speaksOf = ({ run }: RunState, finding: string): boolean =>
  run.status !== 'completed' || run.findings.some((one) => one.finding === finding);

function toldBy({ fact, run }: RunState, code: string): Told {
  const arrivedAt = fact.stamp.observedAt;
  if (run.status === 'failed') return absent('failed', run.reason ?? null, arrivedAt);
  if (run.status === 'not-eligible') return absent('not-eligible', run.reason ?? null, arrivedAt);
  const said = run.findings.filter(({ finding }) => finding === code);
  const finding =
    said.find(({ outcome }) => outcome === 'positive') ??
    said.find(({ outcome }) => outcome === 'inconclusive') ??
    said[0];
  // A run that was to speak of this finding and did not says nothing about it.
  if (!finding) return absent('inconclusive', 'not reported', arrivedAt);
  return {
    display: finding.outcome,
    confidence: finding.confidence ?? null,
    severity: finding.severity ?? null,
    arrivedAt,
    dueAt: null,
    reason: run.reason ?? null,
  };
}
