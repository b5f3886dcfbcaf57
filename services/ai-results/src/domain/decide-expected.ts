import type { EpochMs } from '@voorrang/kernel';
import type { DetectorState, RegisteredDetector, StudyFacts } from './registry.ts';

/** A run that should come for a settled study. */
export type ExpectedRun = { readonly detector: string; readonly findings: readonly string[]; readonly dueAt: EpochMs };

export type ExpectedDecision = {
  readonly expected: readonly ExpectedRun[];
  /** Detectors whose condition could not be evaluated: told to operations, no run is expected of them. */
  readonly failed: readonly string[];
};

/** Which detectors of the site owe a run: active, and the study is in their intended use under any of its orders. */
export function decideExpected(
  site: string,
  facts: readonly StudyFacts[],
  imagesCompleteAt: EpochMs,
  registry: readonly RegisteredDetector[],
  stateOf: (detector: RegisteredDetector) => DetectorState,
): ExpectedDecision {
  const expected: ExpectedRun[] = [];
  const failed: string[] = [];
  for (const detector of registry) {
    if (!detector.sites.includes(site) || stateOf(detector) !== 'active') continue;
    const answers = facts.map((each) => detector.appliesTo.evaluate(each));
    if (answers.some((answer) => answer.ok && answer.value)) {
      const dueAt = imagesCompleteAt + detector.expectedWithinMs;
      expected.push({ detector: detector.id, findings: detector.findings, dueAt });
    } else if (answers.some((answer) => !answer.ok)) {
      failed.push(detector.id);
    }
  }
  return { expected, failed };
}
