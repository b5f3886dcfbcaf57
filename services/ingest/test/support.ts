import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type EventBus, journalBus, openSpool, type Spool } from '@voorrang/bus';
import { decodeEvent, type Event, type KnownEvent, type Topic } from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { systemClock, VoorrangError } from '@voorrang/kernel';
import { createHttpApp, createLogger, createMetrics, listen } from '@voorrang/platform';
import type { Senders } from '@voorrang/protocol';
import { type SqlProvider, sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import { coalesceSeries, createIngest, type IngestConfigInput, type IngestService } from '../src/composition.ts';
import { keys } from './builders.ts';

export const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);
export const readFixture = (name: string): Buffer => readFileSync(fixture(name));

export const protocol = {
  sites: {
    EX: { name: 'Example', timeZone: 'Europe/Amsterdam' },
    NORTH: { name: 'North', timeZone: 'Europe/Amsterdam' },
  },
  senders: {
    dicom: [{ callingAe: 'NORTHCT', site: 'NORTH', authority: 'NORTHHOSP' }],
    hl7: [],
    fallback: { authority: 'EXHOSP', charset: 'UNICODE UTF-8' },
  },
  settling: [],
  peers: { pacs: [], unmatched: [] },
};

type TestSpool = Spool & { readonly accepted: Event[]; fail: VoorrangError | undefined };

/** The real spool, watched, and refusing on demand. */
function watched(spool: Spool, accepted: Event[]): TestSpool {
  const test: TestSpool = {
    ingestId: spool.ingestId,
    start: (onReceipts) => spool.start(onReceipts),
    receipts: () => spool.receipts(),
    get receiptsLetGo() {
      return spool.receiptsLetGo;
    },
    stop: () => spool.stop(),
    drained: (signal) => spool.drained(signal),
    get health() {
      return spool.health;
    },
    accepted,
    fail: undefined,
    accept: async (facts, beside) => {
      if (test.fail !== undefined) throw test.fail;
      const stamped = await spool.accept(facts, beside);
      accepted.push(...stamped);
      return stamped;
    },
  };
  return test;
}

/** A bus whose broker can be away for those who publish. */
function stoppable(bus: EventBus): EventBus & { away: boolean } {
  const publish = bus.publish.bind(bus);
  return Object.assign(bus, {
    away: false,
    async publish(this: { away: boolean }, records: Parameters<typeof publish>[0]) {
      if (this.away) throw new VoorrangError('VRG_BUS_UNAVAILABLE');
      return publish(records);
    },
  });
}

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };
const apiToken = 'token-of-the-tests-0123456789';

export type World = {
  spool: TestSpool;
  readonly sql: SqlProvider;
  /** Takes nothing while `away`. */
  readonly bus: EventBus & { away: boolean };
  readonly logged: string[];
  ingest: IngestService;
  /** Every event of a topic so far. */
  events(topic: Topic): KnownEvent[];
  /** One call of the HTTP API, as `dr.jansen` unless somebody else is named. */
  api(method: string, path: string, body?: unknown, as?: string): Promise<Answer>;
  /** Stops the service and starts another one over the same data. */
  restart(config?: IngestConfigInput): Promise<void>;
  dispose(): Promise<void>;
};

/** The ingest service over a journal bus and SQLite in a directory of its own, on free ports. */
export async function startWorld(
  config: IngestConfigInput = {},
  changes: { readonly senders?: Partial<Senders>; readonly limitBytes?: number; readonly evidenceBytes?: number } = {},
): Promise<World> {
  const directory = await tempDirectory();
  const clock = systemClock();
  const logged: string[] = [];
  const bus = stoppable(
    await journalBus({ directory: join(directory.path, 'bus'), fileSystem: nodeFileSystem(), clock }),
  );
  const sql = sqliteProvider({ directory: join(directory.path, 'sql') });
  const accepted: Event[] = [];
  const open = async (): Promise<TestSpool> => {
    const spool = await openSpool({
      directory: join(directory.path, 'spool'),
      fileSystem: nodeFileSystem(),
      bus,
      clock,
      newIngestId: () => 'ingest-test',
      coalesce: coalesceSeries,
      ...(changes.limitBytes === undefined ? {} : { limitBytes: changes.limitBytes }),
    });
    return watched(spool, accepted);
  };
  const seen: { topic: Topic; event: KnownEvent }[] = [];
  const reader = await bus.subscribe({
    group: 'test',
    topics: ['imaging', 'evidence', 'orders', 'patients', 'governance'],
    startAt: 'committed',
    handler: async (records) => {
      for (const { topic, value } of records) {
        const decoded = decodeEvent(value);
        if (decoded.kind === 'event') seen.push({ topic, event: decoded.event });
      }
    },
  });
  const make = (changed: IngestConfigInput, spool: TestSpool): IngestService =>
    createIngest(
      { dicomPort: 0, mllpPort: 0, settleSeconds: 0.3, hardLimitSeconds: 30, ...changed },
      {
        clock,
        keys,
        logger: createLogger('info', { write: (line) => void logged.push(line) }),
        metrics: createMetrics(),
        bus,
        sql,
        spool,
        protocol: { ...protocol, senders: { ...protocol.senders, ...changes.senders } },
        evidence: {
          directory: join(directory.path, 'evidence'),
          fileSystem: nodeFileSystem(),
          limitBytes: changes.evidenceBytes ?? 2 ** 30,
        },
      },
    );
  const call = async (method: string, path: string, body?: unknown, as = 'dr.jansen'): Promise<Answer> => {
    const logger = createLogger('info', { write: (line) => void logged.push(line) });
    const auth = { apiToken, clock, secureCookie: false };
    const app = createHttpApp({ services: [world.ingest], auth, logger, metrics: createMetrics() });
    const http = await listen(app, 0, '127.0.0.1');
    try {
      const response = await fetch(`http://127.0.0.1:${http.port}${path}`, {
        method,
        headers: { authorization: `Bearer ${apiToken}`, 'x-acting-user': as, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    } finally {
      await http.close();
    }
  };
  const spool = await open();
  const close = async (): Promise<void> => {
    await reader.stop();
    await bus.close();
    await sql.close();
    await directory.remove();
  };
  const made = async (): Promise<IngestService> => make(config, spool);
  const first = await made().catch(async (refusal: unknown) => {
    await spool.stop();
    await close();
    throw refusal;
  });
  const world: World = {
    api: call,
    sql,
    spool,
    bus,
    logged,
    ingest: first,
    events: (topic) => seen.filter((each) => each.topic === topic).map(({ event }) => event),
    restart: async (changed = config) => {
      await world.ingest.stop();
      world.spool = await open();
      world.ingest = make(changed, world.spool);
      await world.ingest.start();
    },
    dispose: async () => {
      await world.ingest.stop();
      await close();
    },
  };
  await world.ingest.start();
  return world;
}

/** Sends messages over one MLLP connection, one after the other, and gives the answers. */
export const sendHl7 = (port: number, messages: readonly string[]): Promise<string[]> =>
  sendHl7Over(connect({ host: '127.0.0.1', port }), messages);

/** As `sendHl7`, over a socket that is there or about to be. */
export async function sendHl7Over(socket: Socket, messages: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  let received = '';
  let next = (): void => {};
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('utf8');
    for (let end = received.indexOf('\x1c\r'); end !== -1; end = received.indexOf('\x1c\r')) {
      answers.push(received.slice(1, end));
      received = received.slice(end + 2);
    }
    next();
  });
  for (const [index, message] of messages.entries()) {
    const answered = new Promise<void>((resolve, reject) => {
      next = () => answers.length > index && resolve();
      socket.once('close', () => reject(new Error('closed without an answer')));
    });
    socket.write(`\x0b${message}\x1c\r`);
    await answered;
  }
  socket.destroy();
  return answers;
}
