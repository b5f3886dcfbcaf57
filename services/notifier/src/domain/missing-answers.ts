import type { EpochMs } from '@voorrang/kernel';
import type { AlertRoute } from '@voorrang/protocol';
import type { RunFacts, StudyFacts } from './episode.ts';
import { isStrokeCode, pagesWhenPositive } from './routing.ts';

/** Why nobody knows: never to be read as negative. */
export type MissingAnswer = {
  readonly finding: string;
  readonly detector: string;
  readonly display: 'late' | 'failed' | 'not-eligible' | 'inconclusive';
  /** When the run was due, or came without an answer. */
  readonly since: EpochMs;
};

/**
 * What the detectors owe the stroke team on an unread study of a stroke-code order: findings that would page it, whose run is late, failed, was not eligible
 * or is inconclusive. A finding that any detector has answered is not missing. Sorted by finding and detector.
 */
export function missingAnswers(
  study: StudyFacts,
  routes: readonly AlertRoute[],
  hour: number,
  findingsOf: (detector: string) => readonly string[],
): readonly MissingAnswer[] {
  if (study.isRead || !isStrokeCode(study)) return [];
  const last = new Map<string, RunFacts>();
  for (const run of study.runs.filter(({ withdrawn }) => !withdrawn)) {
    const before = last.get(run.detector);
    if (before === undefined || before.receivedAt <= run.receivedAt) last.set(run.detector, run);
  }
  const late = study.awaited.filter(
    ({ detector, late, dueAt }) => late && (last.get(detector)?.receivedAt ?? -1) < dueAt,
  );
  const isLate = ({ detector }: { readonly detector: string }): boolean =>
    late.some((one) => one.detector === detector);
  const came = [...last.values()].filter((run) => !isLate(run));
  const answered = new Set(came.flatMap(({ findings }) => findings.filter(isAnswer).map(({ finding }) => finding)));
  const missing = [
    ...late.flatMap(({ detector, findings, dueAt }) =>
      findings.map((finding): MissingAnswer => ({ finding, detector, display: 'late', since: dueAt })),
    ),
    ...came.flatMap((run) => withoutAnswer(run, findingsOf(run.detector))),
  ];
  return missing
    .filter(
      ({ finding, detector }) => !answered.has(finding) && pagesWhenPositive(routes, study, hour, finding, detector),
    )
    .toSorted((a, b) => (`${a.finding} ${a.detector}` < `${b.finding} ${b.detector}` ? -1 : 1));
}

const isAnswer = ({ outcome }: RunFacts['findings'][number]): boolean => outcome !== 'inconclusive';

function withoutAnswer(
  { status, findings, detector, receivedAt: since, disagreed }: RunFacts,
  meant: readonly string[],
): readonly MissingAnswer[] {
  if (status !== 'completed') return meant.map((finding) => ({ finding, detector, display: status, since }));
  return findings
    .filter((one) => !isAnswer(one) && !disagreed.has(one.finding))
    .map(({ finding }) => ({ finding, detector, display: 'inconclusive', since }));
}
