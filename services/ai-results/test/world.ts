import { join } from 'node:path';
import { type EventBus, journalBus } from '@voorrang/bus';
import {
  decodeEvent,
  type EventData,
  type EventType,
  encodeEvent,
  eventIdOf,
  type KnownEvent,
  type NewEvent,
  type Run,
  topicOf,
} from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { type Clock, opaqueKeys, systemClock } from '@voorrang/kernel';
import {
  createHttpApp,
  createLogger,
  createMetrics,
  type HttpServer,
  listen,
  type Metrics,
  type Service,
} from '@voorrang/platform';
import { type Protocol, problemLines, readProtocolDirectory } from '@voorrang/protocol';
import { type SqlProvider, sqliteProvider } from '@voorrang/sql';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { createAiResults } from '../src/composition.ts';

export const keys = opaqueKeys('a secret of tests that is long enough');
export const uid = '1.2.826.0.1.3680043.10.1338.7';
export const studyKey = keys.study('EX', uid);

/** A good run of the example haemorrhage detector. */
export const run = (over: Partial<Run> = {}): Run => ({
  resultId: 'vendor:1',
  detector: { id: 'example-ich', version: '1.0.0' },
  studyInstanceUid: uid,
  status: 'completed',
  findings: [{ finding: 'ICH', outcome: 'positive', confidence: 0.9 }],
  producedAt: '2026-03-03T08:00:00Z',
  ...over,
});

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

export type MakeBus = (directory: string, clock: Clock) => Promise<EventBus>;
export type WorldOptions = {
  /** May be that of an earlier world, to go on with what it left. */
  readonly directory: string;
  readonly clock: Clock;
  readonly makeBus?: MakeBus;
  readonly makeSql?: (directory: string) => SqlProvider;
  readonly dispose?: () => Promise<void>;
  /** Sites beside EX, with the same detectors. */
  readonly alsoAt?: readonly string[];
};

/** One running service on the given bus and a SQLite file, with its HTTP port on loopback. */
export class World {
  readonly clock: Clock;
  readonly log: string[] = [];
  readonly events: KnownEvent[] = [];
  metrics: Metrics = createMetrics();
  service!: Service;
  #http!: HttpServer;
  #end: (() => Promise<void>)[] = [];
  #directory = '';
  readonly #bus: EventBus;
  readonly #protocol: Protocol;
  readonly #makeSql: (directory: string) => SqlProvider;
  #published = 0;

  private constructor(bus: EventBus, protocol: Protocol, clock: Clock, makeSql: (directory: string) => SqlProvider) {
    this.#makeSql = makeSql;
    this.clock = clock;
    this.#bus = bus;
    this.#protocol = protocol;
  }

  static async open({
    directory,
    clock,
    makeBus = onJournal,
    makeSql = onSqlite,
    dispose,
    alsoAt = [],
  }: WorldOptions): Promise<World> {
    const loaded = await readProtocolDirectory(join(import.meta.dirname, '../../../deploy/protocol'));
    if (!loaded.ok) throw new Error(problemLines(loaded.error).join('\n'));
    const bus = await makeBus(join(directory, 'bus'), systemClock());
    const world = new World(bus, withSites(loaded.value, alsoAt), clock, makeSql);
    world.#directory = directory;
    world.#end.push(
      async () => dispose?.(),
      () => bus.close(),
    );
    const subscription = await bus.subscribe({
      group: 'the test',
      topics: ['results', 'reading', 'governance'],
      startAt: 'committed',
      handler: async (records) => {
        for (const { value } of records) {
          const decoded = decodeEvent(value);
          if (decoded.kind !== 'event') throw new Error(decoded.type);
          // A bus may deliver again: what counts is what a reader that knows ids sees.
          if (!world.events.some(({ id }) => id === decoded.event.id)) world.events.push(decoded.event);
        }
      },
    });
    world.#end.push(() => subscription.stop());
    await world.start();
    return world;
  }

  /** Starts the service, again after `stop`: same tables, same bus, same clock. */
  async start(): Promise<void> {
    this.metrics = createMetrics();
    const sql = this.#makeSql(join(this.#directory, 'sql'));
    const logger = createLogger('debug', { write: (line) => this.log.push(line) });
    this.service = createAiResults(
      { site: 'EX' },
      { clock: this.clock, keys, logger, metrics: this.metrics, bus: this.#bus, sql, protocol: this.#protocol },
    );
    const auth = { apiToken: 'token', clock: this.clock, secureCookie: false };
    const app = createHttpApp({ services: [this.service], auth, logger, metrics: this.metrics });
    this.#http = await listen(app, 0, '127.0.0.1');
    await this.service.start();
    this.stop = async () => {
      await this.#http.close();
      await this.service.stop();
      await sql.close();
    };
  }

  stop: () => Promise<void> = async () => undefined;

  async close(): Promise<void> {
    await this.stop();
    for (const end of this.#end.reverse()) await end();
  }

  /** Stops the service only, as a caller sees it before the start is over. */
  async stopService(): Promise<void> {
    await this.service.stop();
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.#http.port}${path}`, {
      method,
      headers: { authorization: 'Bearer token', 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  post(of: Run): Promise<Answer> {
    return this.call('POST', '/api/v1/results', of);
  }

  /** Publishes source facts in the given order. */
  async publish(...facts: readonly NewEvent[]): Promise<void> {
    const stamped = facts.map((fact) => {
      this.#published += 1;
      const stamp = { observedAt: this.clock.now(), ingestId: 'spool', seq: this.#published };
      return { ...fact, id: eventIdOf(stamp), stamp };
    });
    await this.#bus.publish(
      stamped.map((event) => {
        const topic = topicOf(event.type);
        if (topic === undefined) throw new Error(event.type);
        return { topic, key: event.key, value: encodeEvent(event) };
      }),
    );
  }

  of<T extends EventType>(type: T): EventData<T>[] {
    return this.events.filter((event) => event.type === type).map(({ data }) => data as EventData<T>);
  }

  /** Waits until that many events of the type have come, and gives their data. */
  async expect<T extends EventType>(type: T, count: number): Promise<EventData<T>[]> {
    await waitUntil(() => this.of(type).length >= count, { what: `${count} ${type}` });
    if (this.of(type).length > count) throw new Error(`${this.of(type).length} ${type} instead of ${count}`);
    return this.of(type);
  }

  async figures(detector: string): Promise<Record<string, unknown>> {
    const { body } = await this.call('GET', '/api/v1/detectors');
    const found = (body.items as { id: string; state: string; health: Record<string, unknown> }[]).find(
      ({ id }) => id === detector,
    );
    return { state: found?.state, ...found?.health };
  }
}

export const onJournal: MakeBus = (directory, clock) => journalBus({ directory, fileSystem: nodeFileSystem(), clock });

function withSites(protocol: Protocol, added: readonly string[]): Protocol {
  const [site] = Object.values(protocol.sites);
  if (site === undefined) throw new Error('the protocol has no site');
  const sites = { ...protocol.sites, ...Object.fromEntries(added.map((code) => [code, site])) };
  const detectors = protocol.detectors.map((detector) => ({ ...detector, sites: [...detector.sites, ...added] }));
  return { ...protocol, sites, detectors };
}

const onSqlite = (directory: string): SqlProvider => sqliteProvider({ directory });
