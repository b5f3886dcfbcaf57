import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type EventBus, journalBus, type Spool } from '@voorrang/bus';
import {
  decodeEvent,
  type Event,
  encodeEvent,
  eventIdOf,
  type KnownEvent,
  type NewEvent,
  type Topic,
  topicOf,
} from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { type Clock, systemClock, type VoorrangError } from '@voorrang/kernel';
import { createLogger, createMetrics } from '@voorrang/platform';
import { sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import { createIngest, type IngestConfigInput, type IngestService } from '../src/composition.ts';
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
};

type TestSpool = Pick<Spool, 'accept' | 'health' | 'start' | 'stop' | 'drained'> & {
  readonly accepted: Event[];
  fail: VoorrangError | undefined;
};

/** A spool that stamps and publishes at once; it forgets with the process. */
export function directSpool(bus: EventBus, clock: Clock): TestSpool {
  const accepted: Event[] = [];
  const spool: TestSpool = {
    accepted,
    fail: undefined,
    accept: async (facts: readonly NewEvent[]) => {
      if (spool.fail !== undefined) throw spool.fail;
      const stamped = facts.map((fact): Event => {
        const stamp = { observedAt: clock.now(), ingestId: 'test', seq: accepted.length };
        const event = { ...fact, id: eventIdOf(stamp), stamp };
        accepted.push(event);
        return event;
      });
      await bus.publish(
        stamped.map((event) => ({
          topic: topicOf(event.type) ?? 'imaging',
          key: event.key,
          value: encodeEvent(event),
        })),
      );
      return stamped;
    },
    health: { ok: true, detail: 'direct', waiting: 0 },
    start: () => {},
    stop: async () => {},
    drained: async () => {},
  };
  return spool;
}

export type World = {
  readonly spool: TestSpool;
  readonly bus: EventBus;
  readonly logged: string[];
  ingest: IngestService;
  /** Every event of a topic so far. */
  events(topic: Topic): KnownEvent[];
  /** Stops the service and starts another one over the same data. */
  restart(config?: IngestConfigInput): Promise<void>;
  dispose(): Promise<void>;
};

/** The ingest service over a journal bus and SQLite in a directory of its own, on free ports. */
export async function startWorld(config: IngestConfigInput = {}): Promise<World> {
  const directory = await tempDirectory();
  const clock = systemClock();
  const logged: string[] = [];
  const bus = await journalBus({ directory: join(directory.path, 'bus'), fileSystem: nodeFileSystem(), clock });
  const sql = sqliteProvider({ directory: join(directory.path, 'sql') });
  const spool = directSpool(bus, clock);
  const seen: { topic: Topic; event: KnownEvent }[] = [];
  const reader = await bus.subscribe({
    group: 'test',
    topics: ['imaging', 'evidence', 'orders', 'patients'],
    startAt: 'committed',
    handler: async (records) => {
      for (const { topic, value } of records) {
        const decoded = decodeEvent(value);
        if (decoded.kind === 'event') seen.push({ topic, event: decoded.event });
      }
    },
  });
  const make = (changed: IngestConfigInput): IngestService =>
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
        protocol,
      },
    );
  const world: World = {
    spool,
    bus,
    logged,
    ingest: make(config),
    events: (topic) => seen.filter((each) => each.topic === topic).map(({ event }) => event),
    restart: async (changed = config) => {
      await world.ingest.stop();
      world.ingest = make(changed);
      await world.ingest.start();
    },
    dispose: async () => {
      await world.ingest.stop();
      await reader.stop();
      await bus.close();
      await sql.close();
      await directory.remove();
    },
  };
  await world.ingest.start();
  return world;
}

/** Sends messages over one MLLP connection, one after the other, and gives the answers. */
export async function sendHl7(port: number, messages: readonly string[]): Promise<string[]> {
  const socket = connect({ host: '127.0.0.1', port });
  const answers: string[] = [];
  let received = '';
  let next = (): void => {};
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
