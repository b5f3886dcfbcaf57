import { setImmediate as turn } from 'node:timers/promises';
import { type EventBus, journalBus, type OutgoingRecord, type Subscription } from '@voorrang/bus';
import { HostileBus } from '@voorrang/bus/testing';
import { type Alert, decodeEvent, type KnownEvent } from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { type DurationMs, days, opaqueKeys, systemClock } from '@voorrang/kernel';
import { createLogger, createMetrics, type Service } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import { type Database, type SqlProvider, sharedMigrations, sqliteProvider } from '@voorrang/sql';
import { FakeClock, tempDirectory } from '@voorrang/testing';
import { notifierMigrations } from '../../src/adapters/sql/migrations.ts';
import type { NotifierSchema } from '../../src/adapters/sql/schema.ts';
import { createNotifier } from '../../src/composition.ts';
import { type ApiServer, serveApi } from './api.ts';
import { canary, FactWriter } from './facts.ts';
import { type ArrivedPage, Phones, smsGateway, voiceGateway } from './phones.ts';
import { type ProtocolOptions, storyProtocol } from './story-protocol.ts';

export type BusKind = 'journal' | 'hostile';
export const busKinds: readonly BusKind[] = ['journal', 'hostile'];

export type StoryOptions = ProtocolOptions & {
  readonly seed?: number;
  /** How soon an instance sees what another one stored; without, only through its own commits. */
  readonly idleMs?: DurationMs;
  /** An empty database; SQLite in a fresh directory unless given. */
  readonly sql?: SqlProvider;
};

/** The loops of the notifier that wait on its clock: steps, pages, outbox. */
const loops = 3;

/** A notifier with its phones, on a real bus and a real database, in time that the test moves. */
export class Story {
  readonly clock = new FakeClock('2026-03-03T08:00:00.000Z');
  readonly keys = opaqueKeys('story');
  readonly write = new FactWriter(this.keys, () => this.clock.now());
  readonly phones = new Phones();
  readonly log: string[] = [];
  readonly metrics = createMetrics();
  readonly #close: (() => Promise<void>)[] = [];
  readonly #published: OutgoingRecord[] = [];
  #bus: EventBus;
  #subscriptions: Subscription[] = [];
  #settleBus: () => Promise<void>;
  #database: Database<NotifierSchema>;
  #start: () => Promise<Service>;
  #service: Service | undefined;
  #others: Service[] = [];
  readonly #idleMs: DurationMs;
  #api: ApiServer | undefined;

  private constructor(parts: {
    bus: EventBus;
    settleBus: () => Promise<void>;
    database: Database<NotifierSchema>;
    start: (story: Story) => Promise<Service>;
    idleMs: DurationMs;
    close: (() => Promise<void>)[];
  }) {
    this.#bus = parts.bus;
    this.#settleBus = parts.settleBus;
    this.#database = parts.database;
    this.#start = () => parts.start(this);
    this.#close = parts.close;
    this.#idleMs = parts.idleMs;
  }

  static async begin(kind: BusKind, options: StoryOptions = {}): Promise<Story> {
    const directory = await tempDirectory('voorrang-notifier-');
    const hostile = kind === 'hostile' ? new HostileBus({ seed: options.seed ?? 7 }) : undefined;
    const bus =
      hostile ??
      (await journalBus({ directory: `${directory.path}/bus`, fileSystem: nodeFileSystem(), clock: systemClock() }));
    const sql = options.sql ?? sqliteProvider({ directory: `${directory.path}/sql` });
    const database = await sql.open<NotifierSchema>('notifier', {
      ...sharedMigrations('notifier'),
      ...notifierMigrations,
    });
    const protocol = await storyProtocol(options);
    const story = new Story({
      bus,
      settleBus: () => hostile?.settle() ?? Promise.resolve(),
      database,
      start: (self) => self.#startService({ sql, protocol }),
      idleMs: options.idleMs ?? days(1),
      close: [() => sql.close(), () => bus.close(), () => directory.remove()],
    });
    await story.start();
    return story;
  }

  async #startService({ sql, protocol }: { sql: SqlProvider; protocol: Protocol }): Promise<Service> {
    const bus: EventBus = {
      publish: (records) => this.#bus.publish(records),
      heads: (topics) => this.#bus.heads(topics),
      health: this.#bus.health,
      close: async () => undefined,
      subscribe: async (options) => {
        const subscription = await this.#bus.subscribe(options);
        this.#subscriptions.push(subscription);
        return subscription;
      },
    };
    const service = createNotifier(
      {
        publicUrl: 'https://voorrang.test/',
        smsGatewayUrl: smsGateway,
        voiceGatewayUrl: voiceGateway,
        idleMs: this.#idleMs,
      },
      {
        bus,
        sql,
        protocol,
        fetch: this.phones.fetch,
        clock: this.clock,
        keys: this.keys,
        logger: createLogger('debug', { write: (line) => void this.log.push(line) }),
        metrics: this.metrics,
      },
    );
    await service.start();
    return service;
  }

  async start(): Promise<void> {
    this.#service = await this.#start();
    this.#api = await serveApi(this.#service, this.clock);
    await this.quiet();
  }

  /** Another instance beside the first, on the same log and database. */
  async startAnother(): Promise<void> {
    this.#others.push(await this.#start());
    await this.quiet();
  }

  async stop(): Promise<void> {
    await this.#api?.close();
    for (const service of [this.#service, ...this.#others]) await service?.stop();
    this.#others = [];
    this.#api = undefined;
    this.#service = undefined;
    this.#subscriptions = [];
  }

  get service(): Service {
    if (this.#service === undefined) throw new Error('the notifier is stopped');
    return this.#service;
  }

  get database(): Database<NotifierSchema> {
    return this.#database;
  }

  /** Facts become durable on the bus, and everything that follows from them now has happened. */
  async told(...records: readonly OutgoingRecord[]): Promise<void> {
    this.#published.push(...records);
    for (const record of records) await this.#bus.publish([record]);
    await this.quiet();
  }

  /** As `told`, in one publish: what is of one topic comes as one batch. */
  async toldTogether(...records: readonly OutgoingRecord[]): Promise<void> {
    this.#published.push(...records);
    await this.#bus.publish(records);
    await this.quiet();
  }

  /** The whole log once more, as after offsets were lost. */
  async replayEverything(): Promise<void> {
    await this.#bus.publish(this.#published);
    await this.quiet();
  }

  async fastForward(ms: DurationMs): Promise<void> {
    const target = this.clock.now() + ms;
    for (let due = this.clock.nextDue; due !== undefined && due <= target; due = this.clock.nextDue) {
      await this.clock.advanceTo(due);
      await this.quiet();
    }
    await this.clock.advanceTo(target);
    await this.quiet();
  }

  /** Waits until the notifier has nothing left to do at this instant. */
  async quiet(): Promise<void> {
    if (this.#service === undefined) return;
    const deadline = performance.now() + 10_000;
    for (let calm = 0; calm < 4; ) {
      if (performance.now() > deadline) throw new Error('the notifier does not come to rest');
      for (const subscription of this.#subscriptions) await subscription.caughtUp();
      await this.#settleBus();
      // Goes through the same queue as the notifier's own statements, so a transaction in hand ends first.
      await this.#database.query.selectFrom('notifier_step').select('alert_id').limit(1).execute();
      await turn();
      calm = this.clock.pending === loops * (1 + this.#others.length) && this.phones.inFlight === 0 ? calm + 1 : 0;
    }
  }

  phone(person: string) {
    return {
      expectPage: (wanted: Partial<Pick<ArrivedPage, 'channel' | 'kind'>> = {}): ArrivedPage => {
        const page = this.phones.take(person, wanted);
        if (page === undefined) throw new Error(`no ${JSON.stringify(wanted)} page for ${person}; ${this.#left()}`);
        return page;
      },
    };
  }

  /** An act of a signed-in person over the API. */
  async act(
    name: string,
    alertId: string,
    by: string,
    body: Record<string, unknown> = {},
  ): Promise<{ status: number; body: Alert }> {
    const answer = await this.api('POST', `/api/v1/alerts/${alertId}/${name}`, by, body);
    await this.quiet();
    return answer as { status: number; body: Alert };
  }

  async api(
    method: string,
    path: string,
    by = 'dr.tester',
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    if (this.#api === undefined) throw new Error('the notifier is stopped');
    return this.#api.call(method, path, by, body);
  }

  async alerts(query = ''): Promise<readonly Alert[]> {
    return ((await this.api('GET', `/api/v1/alerts${query}`)).body as { items: Alert[] }).items;
  }

  async onlyAlert(): Promise<Alert> {
    const [alert, ...more] = await this.alerts();
    if (alert === undefined || more.length > 0)
      throw new Error(`expected one alert, found ${more.length + (alert ? 1 : 0)}`);
    return alert;
  }

  /** Events that the notifier told the log, each once. */
  async toldEvents(): Promise<readonly KnownEvent[]> {
    const events = new Map<string, KnownEvent>();
    const subscription = await this.#bus.subscribe({
      group: `reader-${events.size}-${Math.round(performance.now() * 1000)}`,
      topics: ['alerts'],
      startAt: 'committed',
      handler: async (records) => {
        for (const record of records) {
          const decoded = decodeEvent(record.value);
          if (decoded.kind === 'event') events.set(decoded.event.id, decoded.event);
        }
      },
    });
    await subscription.caughtUp();
    await subscription.stop();
    return [...events.values()].toSorted((a, b) => a.stamp.seq - b.stamp.seq);
  }

  /** Ends the story: no page may be left that nobody expected, and nothing of the patient may have left. */
  async end(): Promise<void> {
    try {
      await this.quiet();
      const told = this.#service === undefined ? [] : await this.toldEvents();
      if (this.phones.unexpected.length > 0) throw new Error(`pages that nobody expected: ${this.#left()}`);
      const outside = JSON.stringify([this.phones.everything, this.log, told]);
      if (outside.includes(canary)) throw new Error('patient data left the notifier');
    } finally {
      await this.stop();
      for (const close of this.#close) await close();
    }
  }

  #left(): string {
    return `left: ${this.phones.unexpected.map(({ person, channel, kind }) => `${person}/${channel}/${kind}`).join(', ')}`;
  }
}
