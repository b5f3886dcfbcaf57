import { faultPoint, VoorrangError } from '@voorrang/kernel';
import { type Logger, parseBody, parseQuery, requireRole, withSpan } from '@voorrang/platform';
import { type Response, Router } from 'express';
import { z } from 'zod';
import type { QuarantineDesk } from '../../application/quarantine-desk.ts';
import { type QuarantineEntry, quarantineStates } from '../../domain/quarantine.ts';

export type QuarantineRouteOptions = {
  /** Throws `VRG_UNAVAILABLE` until the service has started. */
  readonly desk: () => QuarantineDesk;
  readonly logger: Logger;
};

const page = z.object({
  state: z.enum(quarantineStates).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(128).optional(),
});
/** A corrected message is a body of HTTP, so it is bounded by that. */
const replayBody = z.strictObject({ content: z.string().min(1).optional() });
const dismissBody = z.strictObject({ reason: z.string().trim().min(1).max(1024) });

/** List, read, replay and dismiss what could not be used. */
export function quarantineRoutes({ desk, logger }: QuarantineRouteOptions): Router {
  const router = Router();

  router.get('/api/v1/quarantine', async (request, response) => {
    requireRole(request, 'administrator');
    const { state, limit, cursor } = parseQuery(page, request);
    const before = cursor === undefined ? undefined : placeIn(cursor);
    const entries = await desk().list({
      limit: limit + 1,
      ...(state === undefined ? {} : { state }),
      ...(before === undefined ? {} : { before }),
    });
    const shown = entries.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = entries.length > limit && last !== undefined ? cursorAt(last) : null;
    response.json({ items: shown.map(itemOf), nextCursor });
  });

  router.get('/api/v1/quarantine/:id', async (request, response) => {
    const { name: user } = requireRole(request, 'administrator');
    const { entry, content, charset } = await desk().read(request.params.id);
    logger.info('a quarantined message was read', { user, quarantine: entry.id });
    response.json({ ...itemOf(entry), content, charset });
  });

  router.post('/api/v1/quarantine/:id/replay', async (request, response) => {
    const { name: user } = requireRole(request, 'administrator');
    const { content } = parseBody(replayBody, request);
    const { id } = request.params;
    const replayed = await withSpan('ingest.quarantine.replay', { kind: 'server' }, () =>
      desk().replay(id, user, content),
    );
    logger.info('a quarantined message was replayed', {
      user,
      quarantine: id,
      outcome: replayed.outcome,
      corrected: content !== undefined,
    });
    durably(response, replayed);
  });

  router.post('/api/v1/quarantine/:id/dismiss', async (request, response) => {
    const { name: user } = requireRole(request, 'administrator');
    const { reason } = parseBody(dismissBody, request);
    const { id } = request.params;
    await desk().dismiss(id, user, reason);
    logger.info('a quarantined message was dismissed', { user, quarantine: id });
    durably(response, { id, state: 'dismissed', by: user });
  });

  return router;
}

/** Everything the answer speaks of is durable. */
function durably(response: Response, body: object): void {
  faultPoint('wire.http.before-answer');
  response.json(body);
}

const itemOf = ({ room: _room, encoding: _encoding, ...item }: QuarantineEntry) => item;

const cursorAt = ({ receivedAt, id }: QuarantineEntry): string =>
  Buffer.from(`${receivedAt}.${id}`).toString('base64url');

function placeIn(cursor: string): { readonly receivedAt: number; readonly id: string } {
  const [, at, id] = /^(\d{1,15})\.([0-9A-Z]{26})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined)
    throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
      details: { problems: [{ path: 'query.cursor', message: 'a cursor of an earlier page' }] },
    });
  return { receivedAt: Number(at), id };
}
