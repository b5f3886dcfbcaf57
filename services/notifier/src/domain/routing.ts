import type { Finding } from '@voorrang/contracts';
import type { AlertRoute, FindingFacts, OrderingFacts } from '@voorrang/protocol';
import { type AlertFinding, type Contribution, strongest } from './alert.ts';
import type { RunFacts, StudyFacts } from './episode.ts';
import { newestField, textField } from './facts-document.ts';

/** What a team's routes make of one study: what pages, and what is shown beside it. */
export type Routed = { readonly paging: readonly Contribution[]; readonly shown: readonly AlertFinding[] };

/** Runs the routes of one team over the findings of a study. `hour` is the site-local hour at the reference time. */
export function routeStudy(routes: readonly AlertRoute[], study: StudyFacts, hour: number): Routed {
  const ordering = orderingFacts(study, hour);
  const paging: Contribution[] = [];
  const shown: AlertFinding[] = [];
  for (const run of study.runs) {
    for (const finding of run.status === 'completed' ? run.findings : []) {
      const facts = { ...ordering, ...findingFacts(finding, run) };
      const matching = routes.filter((route) => holds(route, facts));
      if (matching.length === 0) continue;
      const pages = matching.filter(({ effect }) => effect === 'page');
      if (pages.length > 0 && finding.outcome === 'positive') paging.push(contributionOf(study, run, finding, pages));
      else shown.push(shownOf(study, run, finding));
    }
  }
  return { paging, shown };
}

/** Whether the finding, were it positive, would page the team of these routes; at any severity, because it is not known. */
export function pagesWhenPositive(
  routes: readonly AlertRoute[],
  study: StudyFacts,
  hour: number,
  code: string,
  detector: string,
): boolean {
  const ordering = orderingFacts(study, hour);
  return routes.some(
    (route) =>
      route.effect === 'page' &&
      (['', 'low', 'moderate', 'high'] as const).some((severity) => {
        const finding = { code, outcome: 'positive', severity, confidence: 1, location: '', measurements: {} } as const;
        return holds(route, { ...ordering, finding, detector: { id: detector } });
      }),
  );
}

/**
 * A condition that cannot be evaluated counts as true for a positive finding that would page: a duplicate page is acceptable, a lost one is not.
 */
function holds(route: AlertRoute, facts: FindingFacts): boolean {
  const result = route.when.evaluate(facts);
  return result.ok ? result.value : route.effect === 'page' && facts.finding.outcome === 'positive';
}

const stateOf = (run: RunFacts, finding: Finding): Contribution['state'] => {
  if (run.withdrawn) return 'withdrawn';
  return run.disagreed.has(finding.finding) ? 'disagreed' : 'live';
};

const contributionOf = (
  study: StudyFacts,
  run: RunFacts,
  finding: Finding,
  routes: readonly AlertRoute[],
): Contribution => ({
  studyId: study.studyId,
  resultId: run.resultId,
  finding: finding.finding,
  detector: run.detector,
  severity: finding.severity ?? null,
  routeSeverity: strongest(routes.map(({ severity }) => severity)),
  location: finding.location ?? null,
  receivedAt: run.receivedAt,
  foundAt: run.foundAt,
  state: stateOf(run, finding),
  replaces: run.replaces,
});

const shownOf = (study: StudyFacts, run: RunFacts, finding: Finding): AlertFinding => ({
  studyId: study.studyId,
  finding: finding.finding,
  outcome: stateOf(run, finding) === 'live' ? finding.outcome : 'withdrawn',
  severity: finding.severity ?? null,
  location: finding.location ?? null,
  detector: run.detector,
  receivedAt: run.receivedAt,
});

export const contributionKey = (c: Pick<Contribution, 'studyId' | 'resultId' | 'finding'>): string =>
  JSON.stringify([c.studyId, c.resultId, c.finding]);

const findingFacts = (finding: Finding, run: RunFacts): Pick<FindingFacts, 'finding' | 'detector'> => ({
  finding: {
    code: finding.finding,
    outcome: finding.outcome,
    severity: finding.severity ?? '',
    confidence: finding.confidence ?? -1,
    location: finding.location ?? '',
    measurements: Object.fromEntries((finding.measurements ?? []).map(({ code, value }) => [code, value])),
  },
  detector: { id: run.detector },
});

/** Facts of a study as conditions see them; several orders give the newest value of each field, and a stroke code if one of them has it. */
export function orderingFacts(facts: StudyFacts, hour: number): OrderingFacts {
  const { study, orders, patient, visit } = facts;
  const people = [study, ...orders, ...(patient === undefined ? [] : [patient])];
  const visits = [...orders, ...(visit === undefined ? [] : [visit])];
  return {
    order: {
      priority: textField(orders, 'priority'),
      strokeCode: orders.some((order) => order.strokeCode?.value === true),
      indication: textField(orders, 'indication'),
      procedureCode: textField(orders, 'procedureCode'),
      procedure: textField(orders, 'procedure'),
    },
    visit: { patientClass: textField(visits, 'patientClass'), location: textField(visits, 'location') },
    patient: { age: ageAt(textField(people, 'birthDate'), facts.referenceAt), sex: textField(people, 'sex') },
    study: {
      modality: textField([study, ...orders], 'modality'),
      bodyParts: textField([study], 'bodyParts').split('\\').filter(Boolean),
      description: textField([study], 'description'),
    },
    hour,
  };
}

/** Completed years; -1 when the birth date is missing. */
function ageAt(birthDate: string, at: number): number {
  const born = Date.parse(birthDate);
  if (Number.isNaN(born)) return -1;
  const now = new Date(at);
  const birth = new Date(born);
  const before =
    now.getUTCMonth() < birth.getUTCMonth() ||
    (now.getUTCMonth() === birth.getUTCMonth() && now.getUTCDate() < birth.getUTCDate());
  return now.getUTCFullYear() - birth.getUTCFullYear() - (before ? 1 : 0);
}

export const isStrokeCode = ({ orders }: StudyFacts): boolean =>
  orders.some((order) => newestField([order], 'strokeCode') === true);
