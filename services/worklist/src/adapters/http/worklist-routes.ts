import { siteSchema } from '@voorrang/contracts';
import { type Clock, isoOf, VoorrangError } from '@voorrang/kernel';
import { parseBody, parseQuery } from '@voorrang/platform';
import { matchesName, querySearchTokens } from '@voorrang/worklist-store';
import { Router } from 'express';
import { z } from 'zod';
import type { PageReader } from '../../application/page-reader.ts';
import { withClaimAt } from '../../domain/shown-claim.ts';
import { type Lookup, listOf, listQuery } from './parameters.ts';

const searched = z.string().trim().max(128).optional();

/** How many more rows are read than asked for: name words are found by a prefix and filtered on the rows. */
const searchMargin = 4;

/** `GET /api/v1/worklist` and `POST /api/v1/worklist/search`. */
export function worklistRoutes(lookup: Lookup & { readonly pages: PageReader; readonly clock: Clock }): Router {
  const { store, keys, site, pages, clock } = lookup;
  const router = Router();
  const pageQuery = z.strictObject({
    ...listQuery(site),
    limit: z.coerce.number().int().min(1).max(500).default(100),
    cursor: z.string().max(512).optional(),
  });
  const searchBody = z.strictObject({
    site: siteSchema.default(site),
    name: searched,
    patientId: searched,
    accessionNumber: searched,
    birthDate: searched,
    limit: z.number().int().min(1).max(100).default(50),
  });

  router.get('/api/v1/worklist', async (request, response) => {
    const query = parseQuery(pageQuery, request);
    const { page, generatedAt, stale } = await pages.read(listOf(query), query.limit, query.cursor);
    const now = clock.now();
    response.json({
      revision: page.revision,
      epoch: page.epoch,
      generatedAt: isoOf(generatedAt),
      state: page.state,
      stale,
      total: page.total,
      items: page.items.map((row) => withClaimAt(row, now)),
      nextCursor: page.nextCursor,
    });
  });

  router.post('/api/v1/worklist/search', async (request, response) => {
    const query = parseBody(searchBody, request);
    const tokens = querySearchTokens(keys, query.site, query);
    if (tokens.length === 0)
      throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
        details: { problems: [{ path: 'body', message: 'name, patientId, accessionNumber or birthDate is needed' }] },
      });
    const found = await store.search(query.site, tokens, Math.min(500, query.limit * searchMargin));
    const now = clock.now();
    const items = found
      .filter((row) => query.name === undefined || matchesName(row.patient.name, query.name))
      .slice(0, query.limit)
      .map((row) => withClaimAt(row, now));
    response.json({ items });
  });
  return router;
}
