import { type Operation, type SenderStatus, siteSchema } from '@voorrang/contracts';
import { parseQuery } from '@voorrang/platform';
import { Router } from 'express';
import { z } from 'zod';

export type WatchReads = {
  /** Rejects `VRG_UNAVAILABLE` until the service has started. */
  readonly operations: (site: string | undefined) => Promise<readonly Operation[]>;
  readonly senders: (site: string | undefined) => Promise<readonly SenderStatus[]>;
};

const siteQuery = z.object({ site: siteSchema.optional() });

/** What the operators see. `generatedAt` is our clock: pages count by it. */
export function watchRoutes(reads: WatchReads, now: () => number): Router {
  const router = Router();
  router.get('/api/v1/operations', async (request, response) => {
    const { site } = parseQuery(siteQuery, request);
    response.json({ generatedAt: now(), items: await reads.operations(site) });
  });
  router.get('/api/v1/senders', async (request, response) => {
    const { site } = parseQuery(siteQuery, request);
    response.json({ generatedAt: now(), items: await reads.senders(site) });
  });
  return router;
}
