import { alertStates, opaqueSchema, siteSchema } from '@voorrang/contracts';
import { epochOf, isoOf, VoorrangError } from '@voorrang/kernel';
import { parseBody, parseQuery, requireRole } from '@voorrang/platform';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { type ActName, actOn, recordReceipt } from '../../application/acts.ts';
import { listAlerts, showAlert } from '../../application/alert-view.ts';
import { awaitedAnswers } from '../../application/awaited-answers.ts';
import { onCallAt } from '../../application/on-call-view.ts';
import type { Notifier } from '../../application/ports.ts';

const listQuery = z.object({
  state: z.enum(alertStates).optional(),
  team: z.string().max(32).optional(),
  site: siteSchema.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .regex(/^[0-9]{1,16}-[0-9A-Z]{26}$/, 'a cursor of an earlier answer')
    .optional(),
});

const awaitedQuery = z.object({ team: z.string().max(32).optional(), site: siteSchema.optional() });

const onCallQuery = z.object({ at: z.iso.datetime({ offset: true }).optional(), site: siteSchema.optional() });

const actBody = z.object({ note: z.string().max(1024).nullish(), to: z.string().max(128).nullish() });

const actNames: readonly ActName[] = ['acknowledge', 'decline', 'escalate', 'hand-over', 'recall'];

/** Alerts and the rota over HTTP. Errors become problem documents in the application that mounts this. */
export function notifierRoutes(notifier: Notifier): Router {
  const router = Router();

  router.get('/api/v1/alerts', async (request, response) => {
    const { cursor, limit, ...filter } = parseQuery(listQuery, request);
    const [raisedAt, id = ''] = cursor?.split('-') ?? [];
    const from = raisedAt === undefined ? undefined : { raisedAt: Number(raisedAt), id };
    const items = await listAlerts(notifier, { ...filter, limit, cursor: from });
    const last = items.at(-1);
    const more = items.length === limit && last !== undefined ? { nextCursor: `${last.raisedAt}-${last.id}` } : {};
    response.json({ items, ...more });
  });

  router.get('/api/v1/alerts/awaited', async (request, response) => {
    response.json({ items: await awaitedAnswers(notifier, parseQuery(awaitedQuery, request)) });
  });

  router.get('/api/v1/alerts/:id', async (request, response) => {
    response.json(await showAlert(notifier, idOf(request)));
  });

  for (const name of actNames) {
    router.post(`/api/v1/alerts/:id/${name}`, async (request, response) => {
      const { note, to } = parseBody(actBody, request);
      const user = requireRole(request, 'radiologist', 'neurologist', 'emergency-doctor', 'administrator');
      const alertId = idOf(request);
      await actOn(notifier, name, { alertId, by: user.name, note: note ?? null, to: to ?? null });
      response.json(await showAlert(notifier, alertId));
    });
  }

  router.post('/api/v1/alerts/:id/pages/:page/received', async (request, response) => {
    const page = opaqueSchema.safeParse(request.params.page);
    if (!page.success) throw new VoorrangError('VRG_ALERT_UNKNOWN');
    await recordReceipt(notifier, idOf(request), page.data);
    response.status(204).end();
  });

  router.get('/api/v1/on-call', (request, response) => {
    const { at, site } = parseQuery(onCallQuery, request);
    const instant = at === undefined ? notifier.clock.now() : (epochOf(at) ?? notifier.clock.now());
    response.json({ at: isoOf(instant), items: onCallAt(notifier.protocol, instant, site) });
  });

  return router;
}

/** An id of another shape is of no alert. */
function idOf(request: Request): string {
  const id = opaqueSchema.safeParse(request.params.id);
  if (!id.success) throw new VoorrangError('VRG_ALERT_UNKNOWN');
  return id.data;
}
