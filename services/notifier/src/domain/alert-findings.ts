import type { AlertFinding, Contribution } from './alert.ts';
import type { StudyFacts } from './episode.ts';
import { isStrokeCode } from './routing.ts';

/**
 * What an alert shows: what paged, what filled in, and what is awaited, late or failed on a stroke-code order.
 * One line per study, detector and finding; a positive one stays before a later negative of the same detector.
 */
export function alertFindings(
  contributions: readonly Contribution[],
  shown: readonly AlertFinding[],
  absent: readonly AlertFinding[],
): readonly AlertFinding[] {
  const lines = new Map<string, AlertFinding>();
  for (const line of [...contributions.map(lineOf), ...shown, ...absent].toSorted(byWeight)) {
    const key = JSON.stringify([line.studyId, line.detector, line.finding]);
    if (!lines.has(key)) lines.set(key, line);
  }
  return [...lines.values()].toSorted(byName);
}

/** Awaited, late and failed runs of a stroke-code study: silence must not read as "no occlusion". */
export function absentFindings(
  study: StudyFacts,
  findingsOf: (detector: string) => readonly string[],
): readonly AlertFinding[] {
  if (!isStrokeCode(study)) return [];
  const answered = new Set(study.runs.filter(({ withdrawn }) => !withdrawn).map(({ detector }) => detector));
  const absent = (finding: string, detector: string, outcome: AlertFinding['outcome'], at: number | null) => ({
    studyId: study.studyId,
    finding,
    outcome,
    severity: null,
    location: null,
    detector,
    receivedAt: at,
  });
  const failed = study.runs
    .filter(({ status, withdrawn }) => status !== 'completed' && !withdrawn)
    .flatMap((run) => findingsOf(run.detector).map((code) => absent(code, run.detector, 'failed', run.receivedAt)));
  const awaited = study.awaited
    .filter(({ detector }) => !answered.has(detector))
    .flatMap(({ detector, findings, late }) =>
      findings.map((code) => absent(code, detector, late ? 'late' : 'waiting', null)),
    );
  return [...failed, ...awaited];
}

const lineOf = (c: Contribution): AlertFinding => ({
  studyId: c.studyId,
  finding: c.finding,
  outcome: c.state === 'live' ? 'positive' : 'withdrawn',
  severity: c.severity ?? c.routeSeverity,
  location: c.location,
  detector: c.detector,
  receivedAt: c.receivedAt,
});

const weight: Readonly<Record<AlertFinding['outcome'], number>> = {
  positive: 0,
  inconclusive: 1,
  negative: 1,
  failed: 2,
  late: 3,
  waiting: 4,
  withdrawn: 5,
};

/** The stronger outcome first, then the newer. */
const byWeight = (a: AlertFinding, b: AlertFinding): number =>
  weight[a.outcome] - weight[b.outcome] || (b.receivedAt ?? 0) - (a.receivedAt ?? 0);
const byName = (a: AlertFinding, b: AlertFinding): number => {
  const key = (line: AlertFinding): string => `${line.finding}|${line.detector}|${line.studyId}`;
  return key(a) < key(b) ? -1 : 1;
};
