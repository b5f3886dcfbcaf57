import { detectorStates, findingCodeSchema, runSchema, siteSchema } from '@voorrang/contracts';
import { faultPoint, VoorrangError } from '@voorrang/kernel';
import { parseBody, parseQuery, requireRole, withSpan } from '@voorrang/platform';
import type { Detector } from '@voorrang/protocol';
import { type Response, Router } from 'express';
import { z } from 'zod';
import { giveVerdict, runNamed, withdrawRun } from '../../application/change-run.ts';
import type { Deps } from '../../application/deps.ts';
import { changeDetectorState, detectorStatuses } from '../../application/detectors.ts';
import { RunIntake } from '../../application/run-intake.ts';
import { siteOfRun } from '../../application/site-of-run.ts';

export type RouteOptions = {
  /** Rejects `VRG_UNAVAILABLE` until the service has started. */
  readonly deps: () => Deps;
  readonly detectors: readonly Detector[];
  readonly sites: readonly string[];
  /** Site of a run that names none, while no site knows its study. */
  readonly defaultSite: string;
};

const siteQuery = z.object({ site: siteSchema.optional() });
const withdrawal = z.object({ reason: z.string().min(1).max(1024).optional() });
const verdictBody = z.object({ finding: findingCodeSchema, verdict: z.enum(['agree', 'disagree', 'doubt', 'known']) });
const stateBody = z.object({
  state: z.enum(detectorStates),
  reason: z.string().trim().min(1).max(1024),
  site: siteSchema.optional(),
});

export function resultRoutes({ deps, detectors, sites, defaultSite }: RouteOptions): Router {
  const router = Router();
  const intake = new RunIntake(deps);

  router.post('/api/v1/results', async (request, response) => {
    requireRole(request, 'system', 'administrator');
    const run = parseBody(runSchema, request);
    if (run.site !== undefined && !sites.includes(run.site)) throw malformed('body.site', 'a site of the protocol');
    if (run.replaces === run.resultId) throw malformed('body.replaces', 'the id of another run');
    // Which findings a run has follows from its status; one that says both is a mistake of the sender, not a result.
    if ((run.status === 'completed') !== run.findings.length > 0)
      throw malformed(
        'body.findings',
        run.status === 'completed'
          ? 'at least one finding of a completed run'
          : `no findings of a run that is ${run.status}`,
      );
    const sited = await siteOfRun(deps(), run, sites, defaultSite);
    if (!sited.ok) throw sited.error;
    const site = sited.value;
    const taken = await withSpan('results.take', { kind: 'server', attributes: { site } }, () =>
      intake.take(run, site),
    );
    if (!taken.ok) throw taken.error;
    const { kind, ...answer } = taken.value;
    durably(response, kind === 'accepted' ? 202 : 200, { ...answer, status: kind });
  });

  router.delete('/api/v1/results/:resultId', async (request, response) => {
    requireRole(request, 'system', 'administrator');
    const { site } = parseQuery(siteQuery, request);
    const { reason } = parseBody(withdrawal, request);
    const run = await runNamed(deps(), request.params.resultId, site);
    if (!run.ok) throw run.error;
    await withSpan('results.withdraw', { kind: 'server' }, () => withdrawRun(deps(), run.value, reason ?? null));
    durably(response, 200, { resultId: run.value.resultId, studyId: run.value.studyId, status: 'withdrawn' });
  });

  router.post('/api/v1/results/:resultId/verdict', async (request, response) => {
    const { name: by } = requireRole(request, 'radiologist');
    const { site } = parseQuery(siteQuery, request);
    const body = parseBody(verdictBody, request);
    const run = await runNamed(deps(), request.params.resultId, site);
    if (!run.ok) throw run.error;
    const given = await withSpan('results.verdict', { kind: 'server' }, () =>
      giveVerdict(deps(), run.value, { ...body, by }),
    );
    if (!given.ok) throw given.error;
    durably(response, 200, { resultId: run.value.resultId, ...body, by });
  });

  router.get('/api/v1/detectors', async (request, response) => {
    const { site } = parseQuery(siteQuery, request);
    const statuses = await detectorStatuses(deps());
    const items = statuses.filter((status) => site === undefined || status.site === site);
    response.json({ items: items.map((status) => ({ ...described(detectors, status.id), ...status })) });
  });

  router.put('/api/v1/detectors/:id/state', async (request, response) => {
    const { name: by } = requireRole(request, 'raio', 'administrator');
    const { state, reason, site } = parseBody(stateBody, request);
    const detector = detectors.find(({ id }) => id === request.params.id);
    if (detector === undefined) throw new VoorrangError('VRG_NOT_FOUND');
    if (site !== undefined && !detector.sites.includes(site)) throw malformed('body.site', 'a site of the detector');
    const at = site === undefined ? detector.sites : [site];
    await withSpan('detectors.change', { kind: 'server' }, () =>
      changeDetectorState(deps(), { detector: detector.id, sites: at, state, reason, by }),
    );
    durably(response, 200, { id: detector.id, sites: at, state, reason, by });
  });

  return router;
}

/** Everything the answer speaks of is committed. */
function durably(response: Response, status: number, body: Readonly<Record<string, unknown>>): void {
  faultPoint('wire.http.before-answer');
  response.status(status).json(body);
}

function described(detectors: readonly Detector[], id: string): Partial<Detector> {
  const found = detectors.find((detector) => detector.id === id);
  if (found === undefined) return {};
  const { name, vendor, releasedVersions, findings, label, expectedWithinMs, source } = found;
  return { name, vendor, releasedVersions, findings, label, expectedWithinMs, source };
}

const malformed = (path: string, message: string): VoorrangError =>
  new VoorrangError('VRG_HTTP_MALFORMED', undefined, { details: { problems: [{ path, message }] } });
