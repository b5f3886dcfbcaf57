import type { FactSpool } from '@voorrang/bus';
import { catalogue, type EventData, type NewEvent, siteSchema } from '@voorrang/contracts';
import { faultPoint, type OpaqueKeys, VoorrangError } from '@voorrang/kernel';
import { currentTraceparent, type Logger, parseBody, requireRole, withSpan } from '@voorrang/platform';
import { Router } from 'express';
import { z } from 'zod';

export type PatientRouteOptions = {
  readonly spool: FactSpool;
  readonly keys: OpaqueKeys;
  readonly logger: Logger;
  /** Site of a call that names none, and those of the protocol. */
  readonly site: string;
  readonly sites: readonly string[];
};

export const operatorSource = 'ingest/operator';
const { survivor, prior } = catalogue['patient.unmerged'].shape;
const body = z.strictObject({
  site: siteSchema.optional(),
  survivor: z.strictObject(survivor.shape),
  prior: z.strictObject(prior.shape),
  reason: z.string().trim().min(1).max(1024),
});

/** `POST /api/v1/patients/unmerge`: undoes one merge. Who and why are part of the fact, which may hold what a person writes; the log gets the name and opaque keys only. */
export function patientRoutes({ spool, keys, logger, site: ownSite, sites }: PatientRouteOptions): Router {
  const router = Router();
  router.post('/api/v1/patients/unmerge', async (request, response) => {
    const { name: by } = requireRole(request, 'administrator');
    const { site = ownSite, survivor, prior, reason } = parseBody(body, request);
    if (!sites.includes(site)) throw malformed('body.site', 'a site of the protocol');
    if (survivor.id === prior.id && survivor.authority === prior.authority)
      throw malformed('body.prior', 'another patient than the survivor');
    const key = keys.patient(survivor.authority, survivor.id);
    const data: EventData<'patient.unmerged'> = { survivor, prior, by, reason };
    await withSpan('ingest.patient.unmerge', { kind: 'server' }, () => {
      const traceparent = currentTraceparent();
      const fact: NewEvent = { type: 'patient.unmerged', source: operatorSource, site, key, data };
      return spool.accept([traceparent === undefined ? fact : { ...fact, traceparent }]);
    });
    const priorKey = keys.patient(prior.authority, prior.id);
    logger.info('a merge of patients was undone', { user: by, site, survivor: key, prior: priorKey });
    faultPoint('wire.http.before-answer');
    response.status(202).json({ site, status: 'accepted' });
  });
  return router;
}

const malformed = (path: string, message: string): VoorrangError =>
  new VoorrangError('VRG_HTTP_MALFORMED', undefined, { details: { problems: [{ path, message }] } });
