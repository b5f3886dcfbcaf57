import { Router } from 'express';
import type { Metrics } from '../metrics.ts';
import type { HealthPart, Service } from '../service.ts';

/** All parts of all services, named `service.part`. */
export const healthOf = (services: readonly Service[]): Record<string, HealthPart> =>
  Object.fromEntries(
    services.flatMap((service) =>
      Object.entries(service.health()).map(([part, state]) => [`${service.name}.${part}`, state]),
    ),
  );

/** `GET /health/live`, `/health/ready` and `/metrics`, without sign-in. */
export function healthRoutes(services: readonly Service[], metrics: Metrics): Router {
  const router = Router();
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  router.get('/health/ready', (_request, response) => {
    const parts = healthOf(services);
    const ready = Object.values(parts).every((part) => part.ok);
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not-ready', parts });
  });
  router.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await metrics.text());
  });
  return router;
}
