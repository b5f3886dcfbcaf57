import { draft, runData } from './facts.ts';
import { type HistoryKind, type Making, minute, type StudyPlan } from './histories.ts';

const detectors = [
  { id: 'det-ich', findings: ['ICH', 'CSPINE_FRACTURE'] },
  { id: 'det-pe', findings: ['PE'] },
] as const;

/** Runs of detectors on a study, with what is expected, late, corrected and withdrawn. */
export function addResults(making: Making, plan: StudyPlan): void {
  const { random, drafts, kinds } = making;
  const ran = detectors.filter(() => random.chance(0.6) || plan.withoutImages);
  if (plan.withoutImages && ran.length > 0) kinds.add('run-without-images');
  for (const detector of detectors) {
    if (!plan.withoutImages && random.chance(0.5)) expect(making, plan, detector);
    if (ran.includes(detector)) addRuns(making, plan, detector);
  }
  if (random.chance(0.2))
    drafts.push(
      draft('verdict.given', plan.at + 70 * minute, 'reading', plan.site, plan.id, {
        studyInstanceUid: plan.uid,
        resultId: `${plan.id}-det-ich-1`,
        finding: 'ICH',
        verdict: random.pick(['agree', 'disagree']),
        by: 'dr.a',
      }),
    );
}

type Detector = (typeof detectors)[number];

function expect({ random, drafts }: Making, plan: StudyPlan, { id, findings }: Detector): void {
  const at = plan.at + 9 * minute;
  const awaited = {
    studyInstanceUid: plan.uid,
    studyVersion: 1,
    detector: id,
    findings: [...findings],
    dueAt: at + 10 * minute,
  };
  drafts.push(draft('run.expected', at, 'ai', plan.site, plan.id, awaited));
  if (random.chance(0.4)) drafts.push(draft('run.overdue', awaited.dueAt, 'ai', plan.site, plan.id, awaited));
}

function addRuns({ random, drafts, kinds }: Making, plan: StudyPlan, { id, findings }: Detector): void {
  const at = plan.at + random.between(-10, 60) * minute;
  if (at < plan.at && !plan.withoutImages) kinds.add('run-before-images');
  const run = (n: number, replaces?: string) => {
    const kind = random.pick(['positive', 'positive', 'negative', 'failed', 'not-eligible', 'inconclusive'] as const);
    if (kind !== 'not-eligible' && kind !== 'inconclusive') kinds.add(`${kind}-run` as HistoryKind);
    const status = kind === 'failed' || kind === 'not-eligible' ? kind : ('completed' as const);
    const told = findings.filter(() => random.chance(0.8));
    const outcome = kind === 'failed' || kind === 'not-eligible' ? 'negative' : kind;
    return runData(
      {
        resultId: `${plan.id}-${id}-${n}`,
        studyInstanceUid: plan.uid,
        detector: { id, version: '1' },
        status,
        findings: status === 'completed' ? told.map((finding) => ({ finding, outcome, confidence: 0.9 })) : [],
        ...(status === 'completed' ? {} : { reason: 'motion' }),
        ...(random.chance(0.5) && plan.accessionNumbers[0] ? { accessionNumber: plan.accessionNumbers[0] } : {}),
        ...(replaces === undefined ? {} : { replaces }),
      },
      random.chance(0.1),
    );
  };
  const first = run(1);
  drafts.push(draft('run.recorded', at, 'results', plan.site, plan.id, first));
  if (random.chance(0.35)) {
    kinds.add('correction');
    const corrected = run(2, first.run.resultId);
    drafts.push(draft('run.recorded', at + random.between(1, 30) * minute, 'results', plan.site, plan.id, corrected));
  }
  if (random.chance(0.3)) {
    kinds.add('withdrawal');
    const resultId = `${plan.id}-${id}-${random.between(1, 2)}`;
    drafts.push(
      draft('run.withdrawn', at + random.between(-2, 40) * minute, 'results-2', plan.site, plan.id, {
        resultId,
        studyInstanceUid: plan.uid,
        reason: 'wrong study',
      }),
    );
  }
}
