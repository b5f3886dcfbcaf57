import { currentTraceparent, withSpan } from '@voorrang/platform';
import { type AlertRoute, localTimeAt, type Protocol, type TeamPolicy } from '@voorrang/protocol';
import { alertFacts, alertsOfStudies, contributionsOf, setContributionState } from '../adapters/sql/alert-store.ts';
import { studyRows } from '../adapters/sql/facts-batch.ts';
import { type Episode, episodesOf, type StudyRow } from '../adapters/sql/link-studies.ts';
import { loadStudies, studiesOfAlerts } from '../adapters/sql/load-studies.ts';
import type { AlertTable } from '../adapters/sql/schema.ts';
import { type Contribution, isLive } from '../domain/alert.ts';
import { absentFindings } from '../domain/alert-findings.ts';
import { decideAlert } from '../domain/decide-alert.ts';
import type { RunFacts, StudyFacts } from '../domain/episode.ts';
import { contributionKey, routeStudy } from '../domain/routing.ts';
import { applyDecision, type EpisodeView } from './apply-decision.ts';
import type { Work } from './ports.ts';

/** A study to decide on. `cause`: trace context of the fact that made it necessary; what is decided goes on with that trace. */
export type ToDecide = { readonly study: StudyRow; readonly cause: string | undefined };

/**
 * Decides anew, for every team, what studies and the episodes around them mean. The same facts again change nothing.
 * Most runs find nothing in a patient without an alert: those are told apart first, for the whole batch at once.
 */
export async function evaluateStudies(work: Work, touched: readonly ToDecide[]): Promise<void> {
  const episodes = await episodesOf(
    work,
    touched.map(({ study }) => study),
  );
  const concerned = await studiesOfAlerts(work, [...new Set(episodes.flatMap(({ studies }) => studies))]);
  const deciding = episodes
    .map((episode, at) => ({ episode, cause: touched[at]?.cause }))
    .filter(({ episode }) => episode.studies.some((id) => concerned.has(id)));
  const facts = await loadStudies(
    work,
    deciding.flatMap(({ episode }) => episode.studies),
  );
  for (const { episode, cause } of deciding) {
    const members = new Set(episode.studies);
    const studies = facts.filter(({ studyId }) => members.has(studyId));
    await traced(work, cause, (within) => evaluateEpisode(within, episode, studies));
  }
}

async function evaluateEpisode(work: Work, episode: Episode, studies: readonly StudyFacts[]): Promise<void> {
  const alerts = await alertsOfStudies(work.trx, episode.studies);
  for (const team of Object.values(work.protocol.alerting.teams)) {
    const ofTeam = alerts.filter((alert) => alert.team === team.team);
    await evaluateTeam(work, team, episode, studies, ofTeam);
  }
}

const traced = (work: Work, cause: string | undefined, decide: (work: Work) => Promise<void>): Promise<void> =>
  cause === undefined
    ? decide(work)
    : withSpan('alert.decide', { parent: cause }, () =>
        decide({ ...work, traceparent: currentTraceparent() ?? cause }),
      );

async function evaluateTeam(
  work: Work,
  team: TeamPolicy,
  episode: Episode,
  studies: readonly StudyFacts[],
  alerts: readonly AlertTable[],
): Promise<void> {
  const { alerting } = work.protocol;
  const routes = alerting.routes.filter((route) => route.team === team.team);
  const routed = studies.map((study) => routeStudy(routes, study, hourOf(work.protocol, study)));
  const paging = routed.flatMap((each) => each.paging);
  if (alerts.length === 0 && paging.every(({ state }) => state !== 'live')) return;

  const before = await contributionsOf(
    work.trx,
    alerts.map((alert) => alert.alert_id),
  );
  const { lost, contributions } = await currentStates(work, team.team, before, studies);
  // A finding that was taken back and stands again after its alert was recalled belongs to no alert that anybody still looks at.
  const standing = [...contributions]
    .filter(([alert]) => stateIn(alerts, alert) !== 'recalled')
    .flatMap(([, list]) => list);
  const gone = [...before]
    .filter(([alert]) => stateIn(alerts, alert) === 'recalled')
    .flatMap(([, list]) => list.filter(({ state }) => state === 'live'));
  const known = new Set([...standing, ...gone].map(contributionKey));
  const { decision, history } = decideAlert({
    now: work.now,
    episodeMs: alerting.episodeMs,
    maximumAgeMs: team.maximumAgeMs,
    alerts: alerts.map((alert) => alertFacts(alert, contributions.get(alert.alert_id) ?? [])),
    fresh: paging.filter((c) => c.state === 'live' && !known.has(contributionKey(c))),
    lost: lost.filter(({ alert }) => isLive(stateIn(alerts, alert))).map(({ contribution }) => contribution),
  });
  const contributing = [...contributions.values()].flat().map(({ studyId }) => studyId);
  const view = await viewOf(work, team, episode, studies, routes, [...new Set(contributing)]);
  await applyDecision(work, team, view, decision, history);
}

const stateIn = (alerts: readonly AlertTable[], id: string): AlertTable['state'] =>
  alerts.find((alert) => alert.alert_id === id)?.state ?? 'closed';

/** Contributions in their state of now; what stopped being live is told apart, and stored. */
async function currentStates(
  work: Work,
  team: string,
  before: ReadonlyMap<string, readonly Contribution[]>,
  studies: readonly StudyFacts[],
) {
  const runs = new Map(studies.flatMap((study) => study.runs.map((run) => [runKey(study.studyId, run.resultId), run])));
  const lost: { alert: string; contribution: Contribution }[] = [];
  const contributions = new Map<string, Contribution[]>();
  for (const [alert, list] of before) {
    for (const stored of list) {
      const run = runs.get(runKey(stored.studyId, stored.resultId));
      const contribution = run === undefined ? stored : { ...stored, state: stateOf(run, stored.finding) };
      if (contribution.state !== stored.state) await setContributionState(work.trx, team, contribution);
      if (contribution.state !== 'live' && stored.state === 'live') lost.push({ alert, contribution });
      contributions.set(alert, [...(contributions.get(alert) ?? []), contribution]);
    }
  }
  return { lost, contributions };
}

const runKey = (studyId: string, resultId: string): string => JSON.stringify([studyId, resultId]);
const stateOf = (run: RunFacts, finding: string): Contribution['state'] => {
  if (run.withdrawn) return 'withdrawn';
  return run.disagreed.has(finding) ? 'disagreed' : 'live';
};

/**
 * What fills the team's alert in: from the episode as this study sees it, and from the episodes of the alerts' other findings. What an alert had only shown
 * before is not kept: after the merge of two patients was undone, a `negative` of the other one would read as this one's.
 */
async function viewOf(
  work: Work,
  team: TeamPolicy,
  episode: Episode,
  studies: readonly StudyFacts[],
  routes: readonly AlertRoute[],
  contributing: readonly string[],
): Promise<EpisodeView> {
  const { keys, protocol } = work;
  const elsewhere = contributing.filter((id) => !episode.studies.includes(id));
  const others = await episodesOf(work, await studyRows(work.trx, elsewhere));
  const more = await loadStudies(
    work,
    others.flatMap((other) => other.studies).filter((id) => !episode.studies.includes(id)),
  );
  const all = [...studies, ...more];
  const findingsOf = (detector: string): readonly string[] =>
    protocol.detectors.find(({ id }) => id === detector)?.findings ?? [];
  return {
    site: episode.site,
    episode: episode.visitKey ?? (episode.patientKey ? keys.of('episode', episode.patientKey) : episode.focus),
    shown: all.flatMap((study) => routeStudy(routes, study, hourOf(work.protocol, study)).shown),
    absent: team.team === protocol.alerting.strokeCodeTeam ? all.flatMap((s) => absentFindings(s, findingsOf)) : [],
    imagesCompleteAt: new Map(all.map((study) => [study.studyId, study.imagesCompleteAt])),
  };
}

/** Site-local hour of day at the reference time. */
export function hourOf(protocol: Protocol, study: StudyFacts): number {
  const zone = protocol.sites[study.site]?.timeZone ?? 'UTC';
  return Math.floor(localTimeAt(study.referenceAt, zone).minuteOfDay / 60);
}
