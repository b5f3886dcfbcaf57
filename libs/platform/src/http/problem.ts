import type { Problem } from '@voorrang/contracts';
import { type ErrorCode, errorRegistry, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from '../logger.ts';

/** HTTP status of an error code; what is not named follows from the kind. The only place where errors become HTTP. */
const statusByCode: Partial<Record<ErrorCode, number>> = {
  VRG_HTTP_MALFORMED: 400,
  VRG_HTTP_UNAUTHENTICATED: 401,
  VRG_HTTP_FORBIDDEN: 403,
  VRG_NOT_FOUND: 404,
  VRG_RESULT_UNKNOWN: 404,
  VRG_STUDY_UNKNOWN: 404,
  VRG_ALERT_UNKNOWN: 404,
  VRG_RESULT_CONFLICT: 409,
  VRG_STUDY_CLAIMED: 409,
  VRG_STUDY_STATE: 409,
  VRG_ALERT_STATE: 409,
  VRG_QUARANTINE_STATE: 409,
  VRG_HTTP_NOT_ACCEPTABLE: 406,
  VRG_HTTP_TIMEOUT: 408,
  VRG_HTTP_TOO_LARGE: 413,
  VRG_HTTP_UNSUPPORTED_MEDIA: 415,
  VRG_DETECTOR_UNKNOWN: 422,
  VRG_FINDING_UNKNOWN: 422,
  VRG_RESULT_REPLACES: 422,
};

export const statusOf = (error: VoorrangError): number =>
  statusByCode[error.code] ?? (error.kind === 'transient' ? 503 : 500);

/** The problem document of an error (RFC 9457). Details other than `problems`, `holder` and `place` stay inside. */
export function problemOf(error: VoorrangError): Problem & Record<string, unknown> {
  const status = statusOf(error);
  const { problems, holder, place } = error.details as {
    problems?: Problem['problems'];
    holder?: unknown;
    place?: unknown;
  };
  return {
    type: `urn:voorrang:error:${error.code}`,
    title: errorRegistry[error.code].summary,
    status,
    code: error.code,
    ...(status < 500 && error.message !== errorRegistry[error.code].summary ? { detail: error.message } : {}),
    ...(problems === undefined ? {} : { problems }),
    ...(holder === undefined ? {} : { holder }),
    ...(place === undefined ? {} : { place }),
  };
}

export function sendProblem(response: Response, error: VoorrangError): void {
  if (error.kind === 'transient') response.setHeader('Retry-After', '5');
  if (error.code === 'VRG_HTTP_UNAUTHENTICATED') response.setHeader('WWW-Authenticate', 'Bearer realm="voorrang"');
  response
    .status(statusOf(error))
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error)));
}

/** Last middleware: every thrown value becomes one problem document. Unexpected ones are logged without their message. */
export const problemHandler =
  (logger: Logger): ErrorRequestHandler =>
  (thrown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const error = fromBodyParser(thrown) ?? toVoorrangError(thrown);
    if (statusOf(error) >= 500)
      logger.error('request failed', thrown, { method: request.method, route: routeOf(request.route) });
    sendProblem(response, error);
  };

const routeOf = (route: { path?: unknown } | undefined): string =>
  typeof route?.path === 'string' ? route.path : 'unrouted';

/** Express's body parser throws its own errors; their text can quote the body. */
function fromBodyParser(thrown: unknown): VoorrangError | undefined {
  const type = (thrown as { type?: unknown }).type;
  if (type === 'entity.too.large') return new VoorrangError('VRG_HTTP_TOO_LARGE');
  if (type === 'entity.parse.failed')
    return new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
      details: { problems: [{ path: 'body', message: 'not valid JSON' }] },
    });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new VoorrangError('VRG_HTTP_UNSUPPORTED_MEDIA');
  // A path that is not valid percent-encoding.
  if (thrown instanceof URIError) return new VoorrangError('VRG_HTTP_MALFORMED');
  if (typeof type === 'string' && (thrown as { status?: unknown }).status !== undefined)
    return new VoorrangError('VRG_HTTP_MALFORMED');
  return undefined;
}
