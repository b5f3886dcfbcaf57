import { VoorrangError } from '@voorrang/kernel';
import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Service } from '../service.ts';
import { withSpan } from '../telemetry/tracing.ts';
import { type AuthOptions, authenticate, sessionRoutes } from './auth.ts';
import { boundedBodies } from './bounded-bodies.ts';
import { healthRoutes } from './health.ts';
import { problemHandler } from './problem.ts';

export type HttpAppOptions = {
  /** Services whose routes are mounted, in this order; the first that answers wins. */
  readonly services: readonly Service[];
  /** Routes that belong to no service of this process, mounted before them. */
  readonly forwarded?: Router;
  readonly auth: AuthOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** Largest JSON body. */
const bodyLimit = '1mb';

/**
 * The one HTTP application of a process: security headers, health and metrics without sign-in, everything under `/api` behind it,
 * problem documents for every failure. Pages (everything else) come from the service that serves them.
 */
export function createHttpApp({ services, forwarded, auth, logger, metrics }: HttpAppOptions): Express {
  const app = express();
  const duration = metrics.histogram('voorrang_http_request_seconds', 'Duration of HTTP requests.', [
    'method',
    'status',
  ]);
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          defaultSrc: ["'self'"],
          styleSrc: ["'self'", "'unsafe-inline'"],
          scriptSrc: ["'self'"],
          connectSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          frameAncestors: ["'none'"],
          upgradeInsecureRequests: null,
        },
      },
      strictTransportSecurity: auth.secureCookie,
    }),
  );
  app.use((request, response, next) => {
    const startedAt = performance.now();
    response.on('finish', () =>
      duration.observe(
        { method: request.method, status: String(response.statusCode) },
        (performance.now() - startedAt) / 1000,
      ),
    );
    next();
  });
  app.use(boundedBodies('/dicomweb/'));
  app.use(traced);
  app.use(healthRoutes(services, metrics));
  const readBody = express.json({ limit: bodyLimit });
  app.use('/api/v1/session', readBody);
  app.use(sessionRoutes(auth));
  app.use('/api', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  // Sign-in comes before the body: nobody unknown makes us parse a megabyte.
  app.use(['/api', '/dicomweb', '/cds-services'], authenticate(auth), readBody);
  if (forwarded !== undefined) app.use(forwarded);
  for (const service of services) app.use(service.routes);
  app.use(() => {
    throw new VoorrangError('VRG_NOT_FOUND');
  });
  app.use(problemHandler(logger));
  return app;
}

/** A span per call that may change something, continuing the caller's trace. Reads are left out: event streams last for hours. */
const traced: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') return next();
  const parent = request.headers.traceparent;
  void withSpan(
    `HTTP ${request.method}`,
    { kind: 'server', parent: typeof parent === 'string' ? parent : undefined },
    () => {
      const closed = new Promise<void>((resolve) => response.once('close', () => resolve()));
      next();
      return closed;
    },
  );
};
