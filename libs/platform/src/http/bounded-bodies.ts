import type { RequestHandler } from 'express';

/** How long a body may take that is read as a whole. */
const wholeMs = 30_000;
/** How long what is left of a body is read on after the answer, so that its sender sees the answer and no reset (RFC 9112 §9.6). */
const lingerMs = 2_000;

/**
 * Nobody holds a connection with a body that does not come. Bodies below `streamed` may take as long as the server lets any request; whoever reads them has rules of
 * its own.
 */
export const boundedBodies =
  (streamed: string): RequestHandler =>
  (request, response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
    if (!hasBody) return next();
    const end = (): void => {
      if (!request.complete) request.destroy();
    };
    let timer = request.path.startsWith(streamed) ? undefined : setTimeout(end, wholeMs);
    response.once('finish', () => {
      clearTimeout(timer);
      if (request.complete) return;
      request.resume();
      timer = setTimeout(end, lingerMs);
    });
    request.once('close', () => clearTimeout(timer));
    next();
  };
