import { randomUUID } from 'node:crypto';
import { type EventBus, type ParkingStore, runEvents, type Spool, type Subscription } from '@voorrang/bus';
import { seconds } from '@voorrang/kernel';
import { type HealthPart, type Service, type ServiceContext, withSpan } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import {
  type DueLoop,
  leaseOn,
  type OutboxRelay,
  type SqlProvider,
  sqlParkingStore,
  startDueLoop,
  startOutboxRelay,
} from '@voorrang/sql';
import { Router } from 'express';
import { createDicomEdge } from './adapters/dicom/dicom-edge.ts';
import { createEdgeLogs } from './adapters/episode-log.ts';
import { createMllpEdge } from './adapters/mllp/mllp-edge.ts';
import { type IngestSchema, ingestMigrations, serviceName } from './adapters/sql/schema.ts';
import { sqlStepBook } from './adapters/sql/sql-step-book.ts';
import { sqlStudyBook } from './adapters/sql/sql-study-book.ts';
import { assemble } from './application/assemble.ts';
import type { StepBook } from './application/ports.ts';
import { whenReadUp } from './application/when-read-up.ts';
import { type IngestConfigInput, parseIngestConfig } from './config.ts';

export { coalesceSeries } from './application/coalesce-series.ts';
export type { IngestConfig, IngestConfigInput } from './config.ts';

export const assemblerGroup = 'ingest-assembler';

export type IngestContext = ServiceContext & {
  readonly bus: EventBus;
  readonly sql: SqlProvider;
  /** Made with `coalesceSeries`; this service starts and stops it. */
  readonly spool: Pick<Spool, 'accept' | 'health' | 'start' | 'stop' | 'drained'>;
  readonly protocol: Pick<Protocol, 'senders' | 'sites' | 'settling'>;
  /** Default: the service's own table. */
  readonly parking?: ParkingStore;
};

export type IngestService = Service & { readonly dicomPort: () => number; readonly mllpPort: () => number };

const leaseMs = seconds(30);
/** How long a due study may wait for facts that are on their way. */
const readUpMs = seconds(10);

/** Started parts, in the order of their start. */
type Running = {
  readonly subscription: Subscription;
  readonly relay: OutboxRelay;
  readonly dueLoop: DueLoop;
  readonly stopping: AbortController;
  readonly steps: { readonly book: StepBook; readonly onTaken: () => void };
};

/** Wires the DICOM and MLLP edges to the spool, and the study assembler to bus and database. Throws `VRG_CONFIG_INVALID`. */
export function createIngest(input: IngestConfigInput, context: IngestContext): IngestService {
  const config = parseIngestConfig(input);
  const { logger, spool } = context;
  const logs = createEdgeLogs(context);
  const edge = { ...context, config, logs };
  let running: Running | undefined;
  const dicom = createDicomEdge({ ...edge, steps: () => running?.steps });
  const mllp = createMllpEdge(edge);
  const routes = Router();
  let mllpPort = 0;
  let spoolStarted = false;

  return {
    name: serviceName,
    routes,
    dicomPort: () => dicom.port,
    mllpPort: () => mllpPort,
    ports: () => [
      `DICOM  ${config.bind}:${dicom.port}  C-ECHO, C-STORE, IAN, MPPS as ${config.aeTitle}`,
      `HL7    ${config.bind}:${mllpPort}  v2 over MLLP`,
    ],
    health: () => ({
      dicom: port(dicom.listening, dicom.port),
      mllp: port(mllpPort !== 0, mllpPort),
      spool: { ok: spool.health.ok, detail: spool.health.detail },
      ...assemblerHealth(running),
    }),
    start: async () => {
      running = await startAssembler(config, context);
      spool.start();
      spoolStarted = true;
      mllpPort = (await mllp.start()).port;
      await dicom.listen();
      logger.info('ingest takes messages', { dicomPort: dicom.port, mllpPort });
    },
    stop: async () => {
      await Promise.all([dicom.close(), mllp.close()]);
      logs.connections.close();
      logs.outages.close();
      mllpPort = 0;
      running?.stopping.abort();
      await running?.dueLoop.stop();
      await running?.subscription.stop();
      await running?.relay.stop();
      running = undefined;
      if (spoolStarted) await spool.stop();
      spoolStarted = false;
    },
  };
}

async function startAssembler(config: ReturnType<typeof parseIngestConfig>, context: IngestContext): Promise<Running> {
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
  return { subscription, relay, dueLoop, stopping, steps };
}

const port = (open: boolean, number: number): HealthPart =>
  open ? { ok: true, detail: `listening on ${number}` } : { ok: false, detail: 'not listening' };

function assemblerHealth(running: Running | undefined): Readonly<Record<string, HealthPart>> {
  if (running === undefined) return { assembler: { ok: false, detail: 'not started' } };
  const { status, error } = running.subscription.state;
  return {
    assembler: { ok: status === 'running' || status === 'starting', detail: error?.code ?? status },
    settling: running.dueLoop.health(),
    outbox: running.relay.health(),
  };
}
