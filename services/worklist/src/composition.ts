import type { EventBus } from '@voorrang/bus';
import { VoorrangError } from '@voorrang/kernel';
import type { HealthPart, Service, ServiceContext } from '@voorrang/platform';
import { type DueLoop, type OutboxRelay, type SqlProvider, startDueLoop, startOutboxRelay } from '@voorrang/sql';
import type { WorklistReader } from '@voorrang/worklist-store';
import { Router } from 'express';
import { eventStream } from './adapters/http/event-stream.ts';
import { pageRoutes } from './adapters/http/pages.ts';
import { studyRoutes } from './adapters/http/study-routes.ts';
import { worklistRoutes } from './adapters/http/worklist-routes.ts';
import { migrations, serviceName, type WorklistSchema } from './adapters/sql/schema.ts';
import { sqlLedger } from './adapters/sql/sql-ledger.ts';
import { LiveFeed } from './application/live-feed.ts';
import { PageReader } from './application/page-reader.ts';
import { StudyDesk } from './application/study-desk.ts';
import { type WorklistConfig, worklistDefaults } from './config.ts';

export { type ForwardTarget, forwardRoutes } from './adapters/http/forward.ts';
export { type WorklistConfig, worklistDefaults } from './config.ts';

export type WorklistContext = ServiceContext & {
  readonly store: WorklistReader;
  readonly sql: SqlProvider;
  readonly bus: EventBus;
};

type Running = { readonly desk: StudyDesk; readonly relay: OutboxRelay; readonly leases: DueLoop };

/** The worklist service: HTTP API over the store, live changes, what people do to studies, and the pages. */
export function createWorklist(config: Partial<WorklistConfig>, context: WorklistContext): Service {
  const settings: WorklistConfig = { ...worklistDefaults, ...config };
  const { store, sql, bus, clock, keys, logger, metrics } = context;
  const { site, heartbeatMs, lookEveryMs, maxClients } = settings;
  let running: Running | undefined;
  const desk = (): StudyDesk => {
    if (!running) throw new VoorrangError('VRG_UNAVAILABLE');
    return running.desk;
  };

  const feed = new LiveFeed({ store, logger, lookEveryMs });
  const clients = metrics.gauge('voorrang_worklist_stream_clients', 'Open event streams of the worklist.');
  const stream = eventStream({ feed, clock, site, heartbeatMs, maxClients, onClients: (count) => clients.set(count) });
  const routes = Router();
  const lookup = { store, keys, site, sites: [...new Set([site, ...settings.sites])], clock };
  routes.use(worklistRoutes({ ...lookup, pages: new PageReader(store, clock) }));
  routes.use(stream.routes);
  routes.use(studyRoutes({ ...lookup, desk }));
  routes.use(pageRoutes(settings.webRoot));

  const starting: HealthPart = { ok: false, detail: 'not started' };
  return {
    name: serviceName,
    routes,
    ports: () => [],
    health: () => ({
      store: store.health,
      database: sql.health,
      outbox: running?.relay.health() ?? starting,
      leases: running?.leases.health() ?? starting,
    }),
    start: async () => {
      const database = await sql.open<WorklistSchema>(serviceName, migrations);
      const relay = startOutboxRelay({ service: serviceName, database, bus, clock, logger });
      const ledger = sqlLedger(database, () => relay.nudge());
      const own = new StudyDesk({ ledger, clock, leaseMs: settings.leaseMs });
      const leases = startDueLoop({
        name: 'worklist leases',
        clock,
        logger,
        nextDueAt: () => ledger.nextExpiry(),
        runDue: (now) => own.releaseExpired(now),
      });
      running = { desk: own, relay, leases };
      feed.start();
      // Opens the connection, so that health tells of it before the first request; a store that is away comes back by itself.
      await store.status().catch(() => undefined);
    },
    stop: async () => {
      stream.closeAll();
      await feed.stop();
      await running?.leases.stop();
      await running?.relay.stop();
      running = undefined;
    },
  };
}
