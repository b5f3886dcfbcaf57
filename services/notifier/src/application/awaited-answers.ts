import type { AwaitedAnswers } from '@voorrang/contracts';
import { loadStudies, studiesWithoutAnswer } from '../adapters/sql/load-studies.ts';
import { missingAnswers } from '../domain/missing-answers.ts';
import { hourOf } from './evaluate-study.ts';
import { inTransaction } from './in-transaction.ts';
import type { Notifier } from './ports.ts';

/** Studies looked at in one call, the newest first: far more than a stroke service has in a day. */
const maxStudies = 500;

/**
 * Unread studies of stroke-code orders, as old as an episode at most, on which a detector owes the stroke team an answer. Shown and never paged for: silence
 * must not read as "no occlusion". Newest first.
 */
export async function awaitedAnswers(
  notifier: Notifier,
  asked: { readonly team?: string | undefined; readonly site?: string | undefined },
): Promise<readonly AwaitedAnswers[]> {
  const { database, clock, protocol } = notifier;
  const { strokeCodeTeam: team, episodeMs, routes } = protocol.alerting;
  if (asked.team !== undefined && asked.team !== team) return [];
  const window = { from: clock.now() - episodeMs, site: asked.site, limit: maxStudies };
  const candidates = await studiesWithoutAnswer(database, window);
  if (candidates.length === 0) return [];
  const ofTeam = routes.filter((route) => route.team === team);
  const findingsOf = (detector: string): readonly string[] =>
    protocol.detectors.find(({ id }) => id === detector)?.findings ?? [];
  const studies = await inTransaction(notifier, (work) => loadStudies(work, candidates));
  return studies
    .map((study) => ({
      studyId: study.studyId,
      site: study.site,
      team,
      referenceAt: study.referenceAt,
      imagesCompleteAt: study.imagesCompleteAt,
      missing: [...missingAnswers(study, ofTeam, hourOf(protocol, study), findingsOf)],
    }))
    .filter(({ missing }) => missing.length > 0)
    .toSorted((a, b) => b.referenceAt - a.referenceAt || (a.studyId < b.studyId ? -1 : 1));
}
