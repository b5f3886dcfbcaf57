import { type EventBus, type ParkingStore, runEvents, type Subscription } from '@voorrang/bus';
import { VoorrangError } from '@voorrang/kernel';
import { currentTraceparent, type Service, type ServiceContext, withSpan } from '@voorrang/platform';
import { localTimeAt, type Protocol } from '@voorrang/protocol';
import {
  type DueLoop,
  type OutboxRelay,
  type SqlProvider,
  sqlParkingStore,
  startDueLoop,
  startOutboxRelay,
} from '@voorrang/sql';
import { resultRoutes } from './adapters/http/routes.ts';
import { migrations, type Schema, serviceName } from './adapters/sql/schema.ts';
import { sqlResultsStore } from './adapters/sql/sql-results-store.ts';
import type { Deps } from './application/deps.ts';
import { onFacts } from './application/on-facts.ts';
import { tellOverdue } from './application/tell-overdue.ts';

export type AiResultsConfig = {
  /** Site of a run that names none, while no site knows its study. */
  readonly site: string;
};

export type AiResultsContext = ServiceContext & {
  readonly bus: EventBus;
  readonly sql: SqlProvider;
  readonly protocol: Protocol;
  /** Where messages that can never be handled are kept; the service's own table when not given. */
  readonly parking?: ParkingStore;
};

type Running = {
  readonly deps: Deps;
  readonly relay: OutboxRelay;
  readonly dueLoop: DueLoop;
  readonly subscription: Subscription;
};

/** Takes in results of detectors, and expects them. Wires only; `start` opens the tables, the relay, the loop and the subscription. */
export function createAiResults(config: AiResultsConfig, context: AiResultsContext): Service {
  const { protocol } = context;
  let running: Running | undefined;
  const deps = (): Deps => {
    if (running === undefined) throw new VoorrangError('VRG_UNAVAILABLE', 'the service has not started');
    return running.deps;
  };
  return {
    name: serviceName,
    routes: resultRoutes({
      deps,
      detectors: protocol.detectors,
      sites: Object.keys(protocol.sites),
      defaultSite: config.site,
    }),
    ports: () => [],
    health: () => (running === undefined ? { consumer: { ok: false, detail: 'not started' } } : healthOf(running)),
    start: async () => {
      running = await start(context);
    },
    stop: async () => {
      await running?.subscription.stop();
      await running?.dueLoop.stop();
      await running?.relay.stop();
      running = undefined;
    },
  };
}

async function start(context: AiResultsContext): Promise<Running> {
  const { sql, bus, clock, keys, metrics, protocol } = context;
  const logger = context.logger.child({ service: serviceName });
  const database = await sql.open<Schema>(serviceName, migrations);
  const store = sqlResultsStore(database);
  const relay = startOutboxRelay({ service: serviceName, database, bus, clock, logger });
  const deps: Deps = {
    store,
    clock,
    keys,
    logger,
    metrics,
    registry: protocol.detectors,
    localHour: (site, at) => {
      const timeZone = protocol.sites[site]?.timeZone;
      return timeZone === undefined ? undefined : localTimeAt(at, timeZone).hour;
    },
    traceparent: currentTraceparent,
    committed: () => {
      relay.nudge();
      dueLoop.nudge();
    },
  };
  // No lease: two instances that tell the same due rows lose to each other's serialisable transaction, and a dead one holds nobody up.
  const dueLoop: DueLoop = startDueLoop({
    name: `${serviceName} overdue`,
    clock,
    logger,
    nextDueAt: store.nextDueAt,
    runDue: (now) => tellOverdue(deps, now),
  });
  const subscription = await runEvents({
    bus,
    group: serviceName,
    topics: ['imaging', 'orders'],
    startAt: 'committed',
    parking: context.parking ?? sqlParkingStore(database, serviceName),
    clock,
    logger,
    metrics,
    mode: 'batch',
    handle: onFacts(deps),
    around: (records, work) =>
      withSpan('results.facts', { kind: 'consumer', parent: records[0]?.headers.traceparent }, work),
  });
  return { deps, relay, dueLoop, subscription };
}

function healthOf({ relay, dueLoop, subscription }: Running): ReturnType<Service['health']> {
  const { status, error } = subscription.state;
  const consuming = status === 'running' || status === 'starting';
  return {
    outbox: relay.health(),
    'expected-runs': dueLoop.health(),
    consumer: { ok: consuming, detail: error === undefined ? status : `${status} ${error.code}` },
  };
}
