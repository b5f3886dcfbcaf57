import type { Run } from '@voorrang/contracts';
import { err, ok, type Result, VoorrangError } from '@voorrang/kernel';
import type { DetectorState, RegisteredDetector } from './registry.ts';

/** How a run is taken in. A `shadow` run is in the account only: it never shows, raises or alerts. */
export type RunDecision = {
  readonly detector: RegisteredDetector;
  readonly shadow: boolean;
  /** Why it is in shadow; `unreleased-version` is told to operations. */
  readonly because: 'released' | 'unreleased-version' | 'detector-in-shadow' | 'detector-suspended';
};

/**
 * Checks a run that is well formed against the registry of the site. Refusals name the place, never a value of the run.
 * `replaced`: detector of the run that it names as replaced, where that is known. One of another detector would never take effect.
 */
export function decideRun(
  run: Run,
  site: string,
  registry: readonly RegisteredDetector[],
  stateOf: (detector: RegisteredDetector) => DetectorState,
  replaced?: string,
): Result<RunDecision, VoorrangError> {
  const detector = registry.find(({ id, sites }) => id === run.detector.id && sites.includes(site));
  if (detector === undefined) {
    return err(refusal('VRG_DETECTOR_UNKNOWN', [['body.detector.id', 'a detector of the registry of the site']]));
  }
  const unknown = run.findings.flatMap(({ finding }, index) =>
    detector.findings.includes(finding) ? [] : [`body.findings.${index}.finding`],
  );
  if (unknown.length > 0) {
    const expected = `one of ${detector.findings.join(', ')}`;
    return err(
      refusal(
        'VRG_FINDING_UNKNOWN',
        unknown.map((path) => [path, expected]),
      ),
    );
  }
  if (replaced !== undefined && replaced !== detector.id) {
    return err(refusal('VRG_RESULT_REPLACES', [['body.replaces', 'the id of a run of the same detector']]));
  }
  const because = reasonOf(run.detector.version, detector, stateOf(detector));
  return ok({ detector, shadow: because !== 'released', because });
}

function reasonOf(version: string, detector: RegisteredDetector, state: DetectorState): RunDecision['because'] {
  if (!detector.releasedVersions.includes(version)) return 'unreleased-version';
  if (state === 'shadow') return 'detector-in-shadow';
  return state === 'suspended' ? 'detector-suspended' : 'released';
}

const refusal = (
  code: 'VRG_DETECTOR_UNKNOWN' | 'VRG_FINDING_UNKNOWN' | 'VRG_RESULT_REPLACES',
  places: readonly (readonly [path: string, message: string])[],
): VoorrangError =>
  new VoorrangError(code, undefined, { details: { problems: places.map(([path, message]) => ({ path, message })) } });
