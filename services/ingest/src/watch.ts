import { randomUUID } from 'node:crypto';
import type { EventBus } from '@voorrang/bus';
import { type ParkingStore, runEvents, type Subscription } from '@voorrang/bus';
import { type DurationMs, days, hours, minutes, seconds, VoorrangError } from '@voorrang/kernel';
import type { HealthPart, ServiceContext } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import { type Database, type DueLoop, leaseOn, type OutboxRelay, sqlParkingStore, startDueLoop } from '@voorrang/sql';
import type { Router } from 'express';
import { watchRoutes } from './adapters/http/watch-routes.ts';
import { openPacs } from './adapters/pacs/open-pacs.ts';
import { type IngestSchema, serviceName } from './adapters/sql/schema.ts';
import { readOperations } from './adapters/sql/watch/operations.ts';
import { sqlComparisonBook } from './adapters/sql/watch/sql-comparison-book.ts';
import { sqlMatchBook } from './adapters/sql/watch/sql-match-book.ts';
import { sqlSenderBook } from './adapters/sql/watch/sql-sender-book.ts';
import { comparePacs } from './application/watch/compare-pacs.ts';
import { type Heard, Listening } from './application/watch/listening.ts';
import { operationView, senderView } from './application/watch/operation-view.ts';
import type { OperationChange, SenderBook } from './application/watch/ports.ts';
import { watchMeasures } from './application/watch/watch-measures.ts';
import { watchedSenders } from './application/watch/watched-senders.ts';

export const watchGroup = 'ingest-watch';

export type WatchContext = ServiceContext & {
  readonly bus: EventBus;
  readonly protocol: Pick<Protocol, 'senders' | 'sites' | 'peers'>;
};
export type WatchOptions = { readonly clockSkewLimitMs: DurationMs };

/** What did not come: silent senders, clocks that differ, orders without images and images without orders, and what a PACS has and we have not. */
export type Watch = {
  readonly routes: Router;
  readonly heard: Heard;
  health(): Readonly<Record<string, HealthPart>>;
  /** `parking`: default the service's own table. */
  start(database: Database<IngestSchema>, relay: OutboxRelay, parking?: ParkingStore): Promise<void>;
  stop(): Promise<void>;
};

type Running = {
  readonly database: Database<IngestSchema>;
  readonly senderBook: SenderBook;
  readonly listening: Listening;
  readonly subscription: Subscription;
  readonly loops: Readonly<Record<'senders' | 'unmatched' | 'comparison', DueLoop>>;
  readonly stopping: AbortController;
};

const leaseMs = seconds(30);
/** One comparison at a time in all processes, and none for longer than its lease. */
const comparisonMs = minutes(10);
const clearedShownMs = days(1);

export function createWatch(options: WatchOptions, context: WatchContext): Watch {
  const { clock, logger, protocol } = context;
  const senders = watchedSenders(protocol);
  const measures = watchMeasures(context, senders);
  const timeZoneOf = (site: string): string => protocol.sites[site]?.timeZone ?? 'UTC';
  let running: Running | undefined;
  const present = (): Running => {
    if (running === undefined) throw new VoorrangError('VRG_UNAVAILABLE');
    return running;
  };
  return {
    heard: {
      images: (callingAe, contact) => {
        const sender = senders.ofImages(callingAe);
        if (sender === undefined) return;
        running?.listening.images(sender, contact);
        measures.heard(sender.id, contact.at);
      },
      message: (application, facility, contact) => {
        const sender = senders.ofMessages(application, facility);
        if (sender === undefined) return;
        running?.listening.message(sender, contact);
        measures.heard(sender.id, contact.at);
      },
    },
    routes: watchRoutes(
      {
        operations: async (site) => {
          const stored = await readOperations(present().database.query, site, clock.now() - clearedShownMs);
          return stored.map((one) => operationView(one, senders));
        },
        senders: async (site) => {
          const states = new Map(
            (await present().senderBook.states(clock.now())).map((state) => [state.sender, state]),
          );
          return senders.all
            .filter((sender) => site === undefined || sender.site === site)
            .map((sender) => senderView(sender, states.get(sender.id)));
        },
      },
      () => clock.now(),
    ),
    health: () => {
      if (running === undefined) return {};
      const { subscription, loops } = running;
      const { status, error } = subscription.state;
      return {
        watch: { ok: status === 'running' || status === 'starting', detail: error?.code ?? status },
        ...Object.fromEntries(Object.entries(loops).map(([name, loop]) => [`watch-${name}`, loop.health()])),
      };
    },
    start: async (database, relay, parking = sqlParkingStore(database, serviceName)) => {
      running = await startWatch(options, context, { database, relay, parking, senders, measures, timeZoneOf });
      logger.info('senders are watched', {
        senders: senders.all.filter(({ heartbeat }) => heartbeat !== null).length,
        pacs: protocol.peers.pacs.length,
      });
    },
    stop: async () => {
      const stopped = running;
      running = undefined;
      if (stopped === undefined) return;
      stopped.stopping.abort();
      await stopped.listening.stop();
      for (const loop of Object.values(stopped.loops)) await loop.stop();
      await stopped.subscription.stop();
    },
  };
}

type Parts = {
  readonly database: Database<IngestSchema>;
  readonly relay: OutboxRelay;
  readonly parking: ParkingStore;
  readonly senders: ReturnType<typeof watchedSenders>;
  readonly measures: ReturnType<typeof watchMeasures>;
  readonly timeZoneOf: (site: string) => string;
};

async function startWatch(options: WatchOptions, context: WatchContext, parts: Parts): Promise<Running> {
  const { clock, keys, logger, metrics, bus, protocol } = context;
  const { database, relay, parking, senders, measures, timeZoneOf } = parts;
  const { peers } = protocol;
  const senderBook = sqlSenderBook(database, { senders, keys, skewLimitMs: options.clockSkewLimitMs });
  const matchBook = sqlMatchBook(database, { keys, limits: peers.unmatched });
  const comparisonBook = sqlComparisonBook(database, { keys, peers: peers.pacs, timeZoneOf });
  const stopping = new AbortController();
  const told = async (changes: readonly OperationChange[]): Promise<void> => {
    if (changes.length > 0) relay.nudge();
    await measures.told(changes, () => readOperations(database.query, undefined, clock.now()));
  };
  const lease = (name: string, ms = leaseMs) =>
    leaseOn(database.query, { service: serviceName, name, holder: randomUUID(), leaseMs: ms });

  const begun = await senderBook.begin(clock.now());
  await told([...begun.changes, ...(await comparisonBook.begin(clock.now()))]);
  let senderLoop: DueLoop | undefined;
  const listening = new Listening({ book: senderBook, clock, logger, onStored: () => senderLoop?.nudge() });
  for (const [sender, samples] of begun.samples) listening.resume(sender, samples);
  await listening.flush();
  listening.start();
  senderLoop = startDueLoop({
    name: 'ingest senders',
    clock,
    logger,
    nextDueAt: () => senderBook.nextDueAt(),
    runDue: async (now) => {
      await listening.flush();
      await told(await senderBook.runDue(now));
      measures.senders(await senderBook.states(now));
    },
    lease: lease('watch-senders'),
  });
  const unmatched = startDueLoop({
    name: 'ingest unmatched',
    clock,
    logger,
    nextDueAt: () => matchBook.nextDueAt(),
    runDue: async (now) => told(await matchBook.runDue(now)),
    lease: lease('watch-unmatched'),
    // Counts change with every fact: once in a few seconds is soon enough for operators.
    maxIdleMs: seconds(3),
  });
  const comparing = lease('watch-comparison', comparisonMs * (peers.pacs.length + 1));
  const comparison = startDueLoop({
    name: 'ingest comparison',
    clock,
    logger,
    nextDueAt: () => comparisonBook.nextDueAt(),
    runDue: async (now) => {
      for (const { name, fromDay } of await comparisonBook.due(now)) {
        const peer = peers.pacs.find((one) => one.name === name);
        if (peer === undefined) continue;
        const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(comparisonMs)]);
        const deps = { book: comparisonBook, open: openPacs, logger, timeZoneOf };
        await told(await comparePacs(deps, peer, fromDay, now, signal));
      }
      await told(await comparisonBook.retell(now));
      // So long a lease must not outlive the work.
      await comparing.giveUp();
    },
    lease: comparing,
    maxIdleMs: seconds(10),
    overdueMs: hours(1),
  });
  const subscription = await runEvents({
    bus,
    group: watchGroup,
    topics: ['imaging', 'orders', 'evidence'],
    startAt: 'committed',
    parking,
    clock,
    logger,
    metrics,
    mode: 'batch',
    handle: async (events) => {
      await matchBook.record(events);
      return { kind: 'ack' };
    },
  });
  return {
    database,
    senderBook,
    listening,
    subscription,
    loops: { senders: senderLoop, unmatched, comparison },
    stopping,
  };
}
