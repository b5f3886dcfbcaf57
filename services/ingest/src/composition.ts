import { randomUUID } from 'node:crypto';
import { type EventBus, type ParkingStore, runEvents, type Spool, type Subscription } from '@voorrang/bus';
import { days, seconds } from '@voorrang/kernel';
import {
  type HealthPart,
  isLoopback,
  readTlsFiles,
  type Service,
  type ServiceContext,
  watchTlsFiles,
  withSpan,
} from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import {
  type Database,
  type DueLoop,
  type Loop,
  leaseOn,
  type OutboxRelay,
  type SqlProvider,
  sqlParkingStore,
  startDueLoop,
  startOutboxRelay,
} from '@voorrang/sql';
import { Router } from 'express';
import { evidenceRoutes } from './adapters/claim-store/evidence-routes.ts';
import { type ClaimStoreOptions, fileClaimStore } from './adapters/claim-store/file-claim-store.ts';
import { createDicomEdge, heardImages } from './adapters/dicom/dicom-edge.ts';
import { createEdgeLogs } from './adapters/episode-log.ts';
import { patientRoutes } from './adapters/http/patient-routes.ts';
import { quarantineRoutes } from './adapters/http/quarantine-routes.ts';
import { createMllpEdge, takerLog } from './adapters/mllp/mllp-edge.ts';
import { type IngestSchema, ingestMigrations, serviceName } from './adapters/sql/schema.ts';
import { sqlStepBook } from './adapters/sql/sql-step-book.ts';
import { sqlStudyBook } from './adapters/sql/sql-study-book.ts';
import { stowRoutes } from './adapters/stow/stow-routes.ts';
import { assemble } from './application/assemble.ts';
import { type ListenerPlans, planListeners } from './application/listener-rules.ts';
import type { StepBook } from './application/ports.ts';
import { whenReadUp } from './application/when-read-up.ts';
import { configProblems, type IngestConfig, type IngestConfigInput, parseIngestConfig } from './config.ts';
import { openReception, present, type Reception } from './reception.ts';
import { startRetention } from './retention.ts';
import { createWatch } from './watch.ts';

export { coalesceSeries } from './application/coalesce-series.ts';
export type { IngestConfig, IngestConfigInput } from './config.ts';

export const assemblerGroup = 'ingest-assembler';

export type IngestContext = ServiceContext & {
  readonly bus: EventBus;
  readonly sql: SqlProvider;
  /** Made with `coalesceSeries`; this service starts and stops it. */
  readonly spool: Pick<Spool, 'accept' | 'health' | 'start' | 'stop' | 'drained' | 'receipts' | 'receiptsLetGo'>;
  readonly protocol: Pick<Protocol, 'senders' | 'sites' | 'settling' | 'peers'>;
  /** Where the content of large evidence is kept. */
  readonly evidence: ClaimStoreOptions;
  /** Default: the service's own table. */
  readonly parking?: ParkingStore;
};

/** Ports; 0 is one that is not there. */
export type IngestService = Service & {
  readonly dicomPort: () => number;
  readonly dicomTlsPort: () => number;
  readonly mllpPort: () => number;
  readonly mllpTlsPort: () => number;
};

const leaseMs = seconds(30);
/** How long a due study may wait for facts that are on their way. */
const readUpMs = seconds(10);

/** Started parts, in the order of their start. */
type Running = {
  readonly database: Database<IngestSchema>;
  readonly subscription: Subscription;
  readonly relay: OutboxRelay;
  readonly dueLoop: DueLoop;
  readonly retention: Loop;
  readonly stopping: AbortController;
  readonly steps: { readonly book: StepBook; readonly onTaken: () => void };
};

/** Wires the DICOM and MLLP edges to the spool, and the study assembler to bus and database. Throws `VRG_CONFIG_INVALID`. */
export function createIngest(input: IngestConfigInput, context: IngestContext): IngestService {
  const config = parseIngestConfig(input);
  const { logger, spool } = context;
  const logs = createEdgeLogs(context);
  const watch = createWatch({ clockSkewLimitMs: seconds(config.clockSkewLimitSeconds) }, context);
  const claims = fileClaimStore(context.evidence);
  const edge = { ...context, config, logs, heard: watch.heard, claims };
  const plans = listenerPlans(config, context);
  const tls = config.tls && readTlsFiles(config.tls);
  let running: Running | undefined;
  let reception: Reception | undefined;
  let stopTls: () => Promise<void> = async () => {};
  const dicom = createDicomEdge({
    ...edge,
    plan: plans.dicom,
    tls,
    steps: () => running?.steps,
    quarantine: () => present(reception).keeper,
  });
  const mllp = createMllpEdge({ ...edge, plan: plans.mllp, tls, taker: () => present(reception).taker });
  const routes = Router();
  routes.use(watch.routes);
  routes.use(evidenceRoutes(claims));
  routes.use(stowRoutes({ ...edge, onStored: (object) => heardImages(edge, object) }));
  routes.use(quarantineRoutes({ desk: () => present(reception).desk, logger }));
  routes.use(patientRoutes({ ...context, site: config.site, sites: Object.keys(context.protocol.sites) }));
  let spoolStarted = false;

  return {
    name: serviceName,
    routes,
    dicomPort: () => dicom.port,
    dicomTlsPort: () => dicom.tlsPort,
    mllpPort: () => mllp.port,
    mllpTlsPort: () => mllp.tlsPort,
    ports: () => [
      ...listening('DICOM ', config.bind, dicom, `C-ECHO, C-STORE, IAN, MPPS as ${config.aeTitle}`),
      ...listening('HL7   ', config.bind, mllp, 'v2 over MLLP'),
    ],
    health: () => ({
      dicom: openPorts(dicom),
      mllp: openPorts(mllp),
      spool: { ok: spool.health.ok, detail: spool.health.detail },
      evidence: claims.health(),
      ...assemblerHealth(running),
      ...watch.health(),
    }),
    start: async () => {
      await claims.open();
      running = await startAssembler(config, context);
      await watch.start(running.database, running.relay, context.parking);
      const { database, relay } = running;
      reception = await openReception({
        context,
        database,
        site: config.site,
        rules: plans.mllp.rules,
        log: takerLog(edge),
        onTold: () => relay.nudge(),
      });
      spool.start(reception.onReceipts);
      spoolStarted = true;
      await mllp.listen();
      await dicom.listen();
      if (config.tls !== undefined)
        stopTls = watchTlsFiles({
          ...context,
          files: config.tls,
          everyMs: seconds(config.limits.tlsLookSeconds),
          onChange: (renewed) => {
            dicom.updateTls(renewed);
            mllp.updateTls(renewed);
          },
        });
      const { port: dicomPort, tlsPort: dicomTlsPort } = dicom;
      logger.info('ingest takes messages', { dicomPort, dicomTlsPort, mllpPort: mllp.port, mllpTlsPort: mllp.tlsPort });
    },
    stop: async () => {
      await stopTls();
      await Promise.all([dicom.close(), mllp.close()]);
      running?.stopping.abort();
      await watch.stop();
      await running?.retention.stop();
      await running?.dueLoop.stop();
      await running?.subscription.stop();
      await running?.relay.stop();
      running = undefined;
      await reception?.stop();
      reception = undefined;
      if (spoolStarted) await spool.stop();
      spoolStarted = false;
      // Last: a connection that was just closed may still be told.
      logs.connections.close();
      logs.outages.close();
    },
  };
}

async function startAssembler(config: IngestConfig, context: IngestContext): Promise<Running> {
  const { bus, sql, spool, clock, logger, metrics } = context;
  const database = await sql.open<IngestSchema>(serviceName, ingestMigrations);
  const book = sqlStudyBook(database);
  const relay = startOutboxRelay({ service: serviceName, database, bus, clock, logger });
  const lag = metrics.gauge('voorrang_ingest_assembler_lag_seconds', 'age of the newest fact when it was assembled');
  const waiting = metrics.gauge('voorrang_ingest_spool_waiting', 'facts that wait for the bus');
  const stopping = new AbortController();
  const settled = metrics.counter('voorrang_ingest_settled_total', 'study versions settled');
  const conflicts = metrics.counter('voorrang_ingest_conflicts_total', 'contradictions told of studies');
  let dueLoop: DueLoop | undefined;
  const subscription = await runEvents({
    bus,
    group: assemblerGroup,
    topics: ['imaging'],
    startAt: 'committed',
    parking: context.parking ?? sqlParkingStore(database, serviceName),
    clock,
    logger,
    metrics,
    mode: 'batch',
    handle: assemble({
      book,
      settings: {
        settleMs: seconds(config.settleSeconds),
        hardLimitMs: seconds(config.hardLimitSeconds),
        rules: context.protocol.settling,
      },
      clock,
      onRecorded: (lagMs, found) => {
        lag.set(lagMs / 1000);
        conflicts.inc(found);
        if (found > 0) relay.nudge();
        dueLoop?.nudge();
      },
    }),
    around: (records, work) =>
      withSpan('ingest.assemble', { kind: 'consumer', parent: records.at(-1)?.headers.traceparent }, work),
  });
  dueLoop = startDueLoop({
    name: 'ingest settling',
    clock,
    logger,
    nextDueAt: () => {
      waiting.set(spool.health.waiting);
      return book.nextDueAt();
    },
    runDue: async () => {
      await whenReadUp(spool, subscription, clock, { atMostMs: readUpMs, stopping: stopping.signal });
      const count = await book.settleDue(clock.now());
      settled.inc(count);
      if (count > 0) relay.nudge();
    },
    lease: leaseOn(database.query, { service: serviceName, name: 'settling', holder: randomUUID(), leaseMs }),
  });
  const steps = { book: sqlStepBook(database), onTaken: () => relay.nudge() };
  const retention = startRetention(database, context, days(config.retentionDays));
  return { database, subscription, relay, dueLoop, retention, stopping, steps };
}

/** Throws `VRG_CONFIG_INVALID` when the listeners would be open to whom nobody named. */
function listenerPlans(config: IngestConfig, { protocol }: IngestContext): ListenerPlans {
  const plans = planListeners(
    {
      open: !isLoopback(config.bind),
      waivers: config.plaintextWaivers,
      tls: {
        dicom: config.dicomTlsPort !== undefined,
        mllp: config.mllpTlsPort !== undefined,
        certificateRequired: config.tls?.clientCertificate === 'required',
      },
    },
    protocol.senders,
  );
  if (plans.problems.length > 0) throw configProblems(plans.problems);
  return plans;
}

type Ports = { readonly port: number; readonly tlsPort: number };

const listening = (name: string, bind: string, { port, tlsPort }: Ports, what: string): string[] => [
  ...(port === 0 ? [] : [`${name} ${bind}:${port}  ${what}`]),
  ...(tlsPort === 0 ? [] : [`${name} ${bind}:${tlsPort}  ${what}, over TLS`]),
];

function openPorts({ port, tlsPort }: Ports): HealthPart {
  const open = [...(port === 0 ? [] : [String(port)]), ...(tlsPort === 0 ? [] : [`${tlsPort} (TLS)`])];
  return open.length > 0
    ? { ok: true, detail: `listening on ${open.join(', ')}` }
    : { ok: false, detail: 'not listening' };
}

function assemblerHealth(running: Running | undefined): Readonly<Record<string, HealthPart>> {
  if (running === undefined) return { assembler: { ok: false, detail: 'not started' } };
  const { status, error } = running.subscription.state;
  return {
    assembler: { ok: status === 'running' || status === 'starting', detail: error?.code ?? status },
    settling: running.dueLoop.health(),
    outbox: running.relay.health(),
  };
}
