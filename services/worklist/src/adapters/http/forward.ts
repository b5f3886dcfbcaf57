import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type DurationMs, VoorrangError } from '@voorrang/kernel';
import { currentTraceparent, type Logger, sendProblem } from '@voorrang/platform';
import { type Request, type Response, Router } from 'express';

/** Paths that another service owns, and where it is. */
export type ForwardTarget = { readonly paths: readonly string[]; readonly baseUrl: string };

export type ForwardOptions = {
  readonly targets: readonly ForwardTarget[];
  readonly logger: Logger;
  /** Longest wait for the beginning of an answer, and for each next piece of one that is no event stream. */
  readonly timeoutMs?: DurationMs;
};

/** What belongs to the two ends and not to one connection (RFC 9110 §7.6.1); sign-in goes along, the owner checks it itself. */
const requestHeaders = ['authorization', 'cookie', 'accept', 'content-type', 'x-acting-user', 'last-event-id'];
const responseHeaders = ['content-type', 'cache-control', 'retry-after', 'www-authenticate', 'location', 'etag'];

/** In the distributed profile the worklist process is the front door: passes calls on to the services that own them. */
export function forwardRoutes({ targets, logger, timeoutMs = 10_000 }: ForwardOptions): Router {
  const router = Router();
  for (const { paths, baseUrl } of targets)
    for (const path of paths)
      router.use(path, (request, response) => forward(request, response, { baseUrl, logger, timeoutMs }));
  return router;
}

type Hop = { readonly baseUrl: string; readonly logger: Logger; readonly timeoutMs: DurationMs };

async function forward(request: Request, response: Response, { baseUrl, logger, timeoutMs }: Hop): Promise<void> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const awaitAnswer = (): void => {
    timer = setTimeout(() => ending.abort(), timeoutMs);
  };
  // How long an upload takes is up to its sender: the wait for the answer begins when all of it has come.
  if (isStreamed(request)) request.once('end', awaitAnswer);
  else awaitAnswer();
  response.once('close', () => ending.abort());
  try {
    const answer = await fetch(new URL(request.originalUrl, baseUrl), {
      method: request.method,
      headers: passedOn(request),
      redirect: 'manual',
      signal: ending.signal,
      ...bodyOf(request),
    });
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      clearTimeout(timer);
      timer = undefined;
    }
    // kept evidence is up to 64 MB: it may take as long as its reader needs, while it goes on
    const goingOn = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        timer?.refresh();
        yield piece;
      }
    };
    response.status(answer.status);
    for (const name of responseHeaders) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    if (answer.body === null) response.end();
    else await pipeline(Readable.fromWeb(answer.body as ReadableStream), goingOn, response);
  } catch {
    if (response.destroyed) return;
    logger.warn('a forwarded call was not answered', { method: request.method, route: request.baseUrl });
    if (response.headersSent) response.destroy();
    else sendProblem(response, new VoorrangError('VRG_UNAVAILABLE'));
  } finally {
    clearTimeout(timer);
  }
}

function passedOn(request: Request): Headers {
  const headers = new Headers();
  for (const name of requestHeaders) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const traceparent = currentTraceparent() ?? request.headers.traceparent;
  if (typeof traceparent === 'string') headers.set('traceparent', traceparent);
  return headers;
}

/** A JSON body was parsed on its way here; any other is still to be read. */
function bodyOf(request: Request): RequestInit & { duplex?: 'half' } {
  if (['GET', 'HEAD'].includes(request.method)) return {};
  if (request.body !== undefined) return { body: JSON.stringify(request.body) };
  if (!isStreamed(request)) return {};
  return { body: Readable.toWeb(request) as unknown as NonNullable<RequestInit['body']>, duplex: 'half' };
}

const isStreamed = ({ body, headers }: Request): boolean =>
  body === undefined && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined);
