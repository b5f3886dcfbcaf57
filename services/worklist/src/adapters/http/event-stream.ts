import { type Clock, type DurationMs, type EpochMs, VoorrangError } from '@voorrang/kernel';
import { parseQuery } from '@voorrang/platform';
import type { Change } from '@voorrang/worklist-store';
import { type Response, Router } from 'express';
import { z } from 'zod';
import { ClientOutbox, type StreamEvent } from '../../application/client-outbox.ts';
import type { Subscriber } from '../../application/list-follower.ts';
import type { LiveFeed } from '../../application/live-feed.ts';
import { formatEventId, parseEventId } from '../../domain/event-id.ts';
import { withClaimAt } from '../../domain/shown-claim.ts';
import { listOf, listQuery } from './parameters.ts';

export type EventStreamOptions = {
  readonly feed: LiveFeed;
  readonly clock: Clock;
  readonly site: string;
  readonly heartbeatMs: DurationMs;
  readonly maxClients: number;
  /** Called with the number of open streams whenever it changes. */
  readonly onClients: (count: number) => void;
};

/** Studies that wait for one slow client before its list is reset instead. */
const longestOutbox = 1_000;
/** A client that has taken nothing for so many heartbeats is gone. */
const silentHeartbeats = 4;

export type EventStream = { readonly routes: Router; closeAll(): void };

/** `GET /api/v1/worklist/events`: server-sent events `row`, `gone`, `revision`, `reset` with ids `epoch.revision`. */
export function eventStream({
  feed,
  clock,
  site,
  heartbeatMs,
  maxClients,
  onClients,
}: EventStreamOptions): EventStream {
  const routes = Router();
  const open = new Set<Response>();
  const query = z.strictObject({ ...listQuery(site), lastEventId: z.string().max(200).optional() });

  routes.get('/api/v1/worklist/events', (request, response) => {
    const asked = parseQuery(query, request);
    if (open.size >= maxClients) throw new VoorrangError('VRG_UNAVAILABLE', 'too many event streams are open');
    const header = request.headers['last-event-id'];
    const lastEventId = typeof header === 'string' && header !== '' ? header : asked.lastEventId;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    request.socket.setNoDelay(true);
    open.add(response);
    onClients(open.size);
    const end = serve(response, feed, { list: listOf(asked), lastEventId, clock, heartbeatMs });
    response.once('close', () => {
      end();
      open.delete(response);
      onClients(open.size);
    });
  });

  return {
    routes,
    closeAll: () => {
      for (const response of open) response.end();
    },
  };
}

type ServeOptions = {
  readonly list: ReturnType<typeof listOf>;
  readonly lastEventId: string | undefined;
  readonly clock: Clock;
  readonly heartbeatMs: DurationMs;
};

/** One client. Nothing is written while its socket is full: what happens meanwhile is folded in the outbox. */
function serve(
  response: Response,
  feed: LiveFeed,
  { list, lastEventId, clock, heartbeatMs }: ServeOptions,
): () => void {
  const outbox = new ClientOutbox(longestOutbox);
  let full = false;
  let silent = 0;
  const flush = (): void => {
    while (!full && !response.writableEnded) {
      const event = outbox.take();
      if (event === undefined) return;
      full = !response.write(textOf(event, clock.now()));
    }
  };
  response.on('drain', () => {
    full = false;
    silent = 0;
    flush();
  });
  // An id that says nothing to us is of another life of the list: the empty epoch never is the present one.
  const since = lastEventId === undefined ? undefined : (parseEventId(lastEventId) ?? { epoch: '', revision: 0 });
  const subscriber: Subscriber = {
    at: since,
    tell: (event) => {
      outbox.add(event);
      flush();
    },
  };
  const leave = feed.join(list, subscriber);
  const heartbeat = setInterval(() => {
    if (!full) response.write(': still here\n\n');
    else if (++silent >= silentHeartbeats) response.destroy();
  }, heartbeatMs);
  return () => {
    clearInterval(heartbeat);
    leave();
  };
}

/** All clients of a list are told the same change: it is put into text once. */
const texts = new WeakMap<Change, string>();

function textOf(event: StreamEvent, now: EpochMs): string {
  switch (event.kind) {
    case 'change': {
      const text = texts.get(event.change) ?? textOfChange(event.epoch, event.change, now);
      texts.set(event.change, text);
      return text;
    }
    case 'revision': {
      const { at, state, stale } = event;
      return frame('revision', formatEventId(at), { ...at, state, stale });
    }
    case 'reset':
      return frame('reset', formatEventId(event.at), event.at);
  }
}

function textOfChange(epoch: string, change: Change, now: EpochMs): string {
  const id = formatEventId({ epoch, revision: change.revision });
  return change.kind === 'row'
    ? frame('row', id, withClaimAt(change.row, now))
    : frame('gone', id, { studyId: change.studyId, revision: change.revision });
}

/** JSON has no line breaks of its own, so one `data` line holds it. */
const frame = (name: string, id: string, data: unknown): string =>
  `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
