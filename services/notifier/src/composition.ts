import { type BusRecord, type EventBus, type ParkingStore, runEvents, type Subscription } from '@voorrang/bus';
import type { KnownEvent } from '@voorrang/contracts';
import { type Service, type ServiceContext, withSpan } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import {
  type DueLoop,
  type OutboxRelay,
  type SqlProvider,
  sharedMigrations,
  sqlParkingStore,
  startDueLoop,
  startOutboxRelay,
} from '@voorrang/sql';
import { type NextFunction, type Request, type Response, Router } from 'express';
import { smsChannel, voiceChannel } from './adapters/channels/gateway.ts';
import { ntfyChannel } from './adapters/channels/ntfy.ts';
import { webhookChannel } from './adapters/channels/webhook.ts';
import { notifierRoutes } from './adapters/http/routes.ts';
import { notifierMigrations } from './adapters/sql/migrations.ts';
import type { NotifierSchema } from './adapters/sql/schema.ts';
import { inTransaction } from './application/in-transaction.ts';
import { moveParked } from './application/move-parked.ts';
import { consumedTopics, onEvents } from './application/on-events.ts';
import { PageSender } from './application/page-sender.ts';
import { type Channels, type Notifier, serviceName } from './application/ports.ts';
import { nextStepDueAt, runDueSteps } from './application/run-steps.ts';
import { UnreachedSteps } from './application/unreached-steps.ts';
import type { NotifierConfig } from './config.ts';

export { type NotifierConfig, notifierConfigOf } from './config.ts';

export type NotifierPorts = ServiceContext & {
  readonly bus: EventBus;
  readonly sql: SqlProvider;
  readonly protocol: Protocol;
  /** Where messages that can never be handled are kept; the service's own table when not given. */
  readonly parking?: ParkingStore;
  /** Where they were kept before the service had a table of its own: what is there is moved at the start. */
  readonly parkedBefore?: ParkingStore;
  readonly fetch?: typeof fetch;
};

type Running = {
  readonly subscription: Subscription;
  readonly steps: DueLoop;
  readonly unreached: UnreachedSteps;
  readonly pages: DueLoop;
  readonly relay: OutboxRelay;
  readonly sender: PageSender;
  readonly router: Router;
};

/** The service that decides who must act and sees to it that somebody does. */
export function createNotifier(config: NotifierConfig, ports: NotifierPorts): Service {
  let running: Running | undefined;
  const routes = Router();
  routes.use((request: Request, response: Response, next: NextFunction) =>
    running === undefined ? next() : running.router(request, response, next),
  );
  return {
    name: serviceName,
    routes,
    ports: () => [],
    health: () => healthOf(running, ports),
    start: async () => {
      running ??= await start(config, ports);
    },
    stop: async () => {
      const stopping = running;
      running = undefined;
      if (stopping !== undefined) await stop(stopping);
    },
  };
}

async function start(config: NotifierConfig, ports: NotifierPorts): Promise<Running> {
  const { bus, sql, protocol, keys, clock, metrics } = ports;
  const logger = ports.logger.child({ service: serviceName });
  const database = await sql.open<NotifierSchema>(serviceName, {
    ...sharedMigrations(serviceName),
    ...notifierMigrations,
  });
  const loops: { nudge(): void }[] = [];
  const nudge = (): void => {
    for (const loop of loops) loop.nudge();
  };
  const channels = channelsOf(config, ports.fetch ?? fetch);
  const notifier: Notifier = { database, protocol, keys, clock, logger, metrics, channels, nudge };
  const parking = ports.parking ?? sqlParkingStore(database, serviceName);
  if (ports.parkedBefore !== undefined) await moveParked(ports.parkedBefore, parking, serviceName);
  const unreached = new UnreachedSteps(notifier);
  await unreached.load();
  const sender = new PageSender(notifier, config.publicUrl, nudge);
  if (database.engine === 'sqlite') await sender.takeOverClaims();
  const shared = { clock, logger, ...(config.idleMs === undefined ? {} : { maxIdleMs: config.idleMs }) };
  const relay = startOutboxRelay({ service: serviceName, database, bus, ...shared });
  const steps = startDueLoop({
    ...shared,
    name: 'steps of alerts',
    nextDueAt: async () => {
      await unreached.refresh();
      return nextStepDueAt(notifier);
    },
    runDue: (now) => runDueSteps(notifier, unreached, now),
  });
  const pages = startDueLoop({
    ...shared,
    name: 'pages',
    nextDueAt: () => sender.nextDueAt(),
    runDue: (now) => sender.runDue(now),
  });
  loops.push(steps, pages, relay);
  const subscription = await runEvents({
    bus,
    group: serviceName,
    topics: consumedTopics,
    startAt: 'committed',
    parking,
    clock,
    logger,
    metrics,
    mode: 'batch',
    // Small enough that a run behind a burst of images is decided within a fraction of a second.
    maxBatch: 64,
    handle: async (events, { records }) => {
      if (events.length === 0) return [];
      const caused = events.map((event, at) => withTrace(event, records[at]));
      const told = await inTransaction(notifier, async (work) => {
        await onEvents(work, caused);
        return work.events.length > 0;
      });
      // Every new step and page is told, so a batch that told nothing left nothing to do.
      if (told) nudge();
      return events.map(() => ({ kind: 'ack' }));
    },
    around: (records, work) => withSpan('notifier.events', { kind: 'consumer', parent: traceOf(records) }, work),
  });
  return { subscription, steps, unreached, pages, relay, sender, router: notifierRoutes(notifier) };
}

/** One batch is one span though its records are of many traces; what follows from a fact goes on with that fact's own trace. */
const traceOf = (records: readonly BusRecord[]): string | undefined =>
  (records.find(({ topic, headers }) => topic === 'results' && headers.traceparent !== undefined) ?? records[0])
    ?.headers.traceparent;

const withTrace = (event: KnownEvent, record: BusRecord | undefined): KnownEvent => {
  const traceparent = event.traceparent ?? record?.headers.traceparent;
  return traceparent === undefined ? event : { ...event, traceparent };
};

async function stop({ subscription, steps, pages, relay, sender }: Running): Promise<void> {
  await subscription.stop();
  await steps.stop();
  await pages.stop();
  await sender.drain();
  await relay.stop();
}

function healthOf(running: Running | undefined, { sql }: NotifierPorts): ReturnType<Service['health']> {
  if (running === undefined) return { started: { ok: false, detail: 'not started' } };
  const { state } = running.subscription;
  const events = { ok: state.status === 'running', detail: state.error?.code ?? state.status };
  return {
    database: sql.health,
    events,
    steps: running.steps.health(),
    reach: running.unreached.health,
    pages: running.pages.health(),
    fallback: running.sender.fallbackHealth,
    outbox: running.relay.health(),
  };
}

/** A channel without its gateway is absent, so that nobody is thought reachable over it. */
function channelsOf(config: NotifierConfig, fetcher: typeof fetch): Channels {
  return {
    webhook: webhookChannel(fetcher),
    ntfy: ntfyChannel(fetcher),
    ...(config.smsGatewayUrl === undefined ? {} : { sms: smsChannel(fetcher, config.smsGatewayUrl) }),
    ...(config.voiceGatewayUrl === undefined ? {} : { voice: voiceChannel(fetcher, config.voiceGatewayUrl) }),
  };
}
