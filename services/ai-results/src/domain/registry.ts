/** State of a detector at a site: only an `active` one is expected, shown, raises and alerts. */
export type DetectorState = 'active' | 'shadow' | 'suspended';

/** What a condition on a detector's intended use sees; missing text is '', a missing number -1. */
export type StudyFacts = {
  readonly order: {
    readonly priority: string;
    readonly strokeCode: boolean;
    readonly indication: string;
    readonly procedureCode: string;
    readonly procedure: string;
  };
  readonly visit: { readonly patientClass: string; readonly location: string };
  readonly patient: { readonly age: number; readonly sex: string };
  readonly study: { readonly modality: string; readonly bodyParts: readonly string[]; readonly description: string };
  readonly hour: number;
};

/** One detector of the registry, as far as this service decides with it. */
export type RegisteredDetector = {
  readonly id: string;
  readonly releasedVersions: readonly string[];
  readonly state: DetectorState;
  readonly sites: readonly string[];
  readonly findings: readonly string[];
  readonly appliesTo: {
    evaluate(facts: StudyFacts): { readonly ok: true; readonly value: boolean } | { readonly ok: false };
  };
  readonly expectedWithinMs: number;
};

/** The state in force: what a person set last at the site, else what the registry says. */
export const stateInForce = (
  detector: RegisteredDetector,
  site: string,
  changed: ReadonlyMap<string, DetectorState>,
): DetectorState => changed.get(stateKey(site, detector.id)) ?? detector.state;

export const stateKey = (site: string, detector: string): string => `${site} ${detector}`;
