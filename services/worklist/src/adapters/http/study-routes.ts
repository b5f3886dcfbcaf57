import { textSchema, urgencyClassSchema } from '@voorrang/contracts';
import { type Clock, faultPoint } from '@voorrang/kernel';
import { parseBody, requireRole } from '@voorrang/platform';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { StudyDesk } from '../../application/study-desk.ts';
import { withClaimAt } from '../../domain/shown-claim.ts';
import { type FoundStudy, type Lookup, studyOf, studyToChange } from './parameters.ts';

const instant = z.union([
  z.number().int().nonnegative(),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);
const fence = z.number().int().positive().optional();
const claimBody = z.strictObject({ takeOver: z.boolean().default(false) });
const releaseBody = z.strictObject({ fence });
const raiseBody = z.strictObject({ reason: textSchema.min(1), class: urgencyClassSchema.nullable().default(null) });
const holdBody = z.strictObject({ reason: textSchema.min(1), until: instant.nullable() });

/** `GET /api/v1/studies/{study}`, its timeline, and what people do to it. `desk` throws until the service has started. */
export function studyRoutes(lookup: Lookup & { readonly desk: () => StudyDesk; readonly clock: Clock }): Router {
  const { desk, clock } = lookup;
  const router = Router();

  router.get('/api/v1/studies/:study', async (request, response) => {
    const { document, ranked } = await studyOf(request, lookup);
    response.json({ row: withClaimAt(ranked, clock.now()), ...document.detail });
  });

  router.get('/api/v1/studies/:study/timeline', async (request, response) => {
    const { document } = await studyOf(request, lookup);
    response.json({ items: document.timeline.toSorted((a, b) => a.at - b.at) });
  });

  router.post('/api/v1/studies/:study/claim', async (request, response) => {
    const { name } = requireRole(request, 'radiologist');
    const { takeOver } = parseBody(claimBody, request);
    const { ranked } = await studyToChange(request, lookup);
    const claim = await desk().claim(ranked, name, takeOver);
    answer(response, { studyId: ranked.studyId, claim });
  });

  router.post('/api/v1/studies/:study/release', async (request, response) => {
    const { name } = requireRole(request, 'radiologist');
    const body = parseBody(releaseBody, request);
    await act(request, response, (row) => desk().release(row, name, body.fence));
  });

  router.post('/api/v1/studies/:study/read', async (request, response) => {
    const { name } = requireRole(request, 'radiologist');
    const { takeOver } = parseBody(claimBody, request);
    await act(request, response, (row) => desk().read(row, name, takeOver));
  });

  router.post('/api/v1/studies/:study/raise', async (request, response) => {
    const { name } = requireRole(request, 'radiologist', 'neurologist', 'emergency-doctor');
    const body = parseBody(raiseBody, request);
    await act(request, response, (row) => desk().raise(row, name, body.class, body.reason));
  });

  router.post('/api/v1/studies/:study/hold', async (request, response) => {
    const { name } = requireRole(request, 'radiologist');
    const body = parseBody(holdBody, request);
    await act(request, response, (row) => desk().hold(row, name, body.until, body.reason));
  });

  type Act = (row: FoundStudy['ranked']) => Promise<void>;
  async function act(request: Request, response: Response, work: Act): Promise<void> {
    const { ranked } = await studyToChange(request, lookup);
    await work(ranked);
    answer(response, { studyId: ranked.studyId });
  }
  return router;
}

function answer(response: Response, body: unknown): void {
  faultPoint('wire.http.before-answer');
  response.json(body);
}
