import { isDeepStrictEqual } from 'node:util';
import type { EventBus, ParkingStore } from '@voorrang/bus';
import { memoryParkingStore } from '@voorrang/bus/testing';
import { decodeEvent, encodeEvent, type KnownEvent, topicOf } from '@voorrang/contracts';
import type { FileSystem } from '@voorrang/journal';
import { CrashingFileSystem } from '@voorrang/journal/testing';
import type { EpochMs } from '@voorrang/kernel';
import { createMetrics, type Metrics, type Service, silentLogger } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import { FakeClock, waitUntil } from '@voorrang/testing';
import { type InMemoryWorklistStore, inMemoryWorklistStore } from '@voorrang/worklist-store';
import { createPrioritisation, type PrioritisationConfig } from '../src/composition.ts';
import { keys } from './facts.ts';
import { allDocuments, contextAt, type Documents, folded } from './projecting.ts';

export const publish = (bus: EventBus, events: readonly KnownEvent[]): Promise<void> =>
  bus.publish(
    events.flatMap((event) => {
      const topic = topicOf(event.type);
      return topic === undefined ? [] : [{ topic, key: event.key, value: encodeEvent(event) }];
    }),
  );

/** What outlives the service: bus, store, disk, parking. */
export type World = {
  readonly bus: EventBus;
  readonly store: InMemoryWorklistStore;
  readonly clock: FakeClock;
  readonly fileSystem: FileSystem;
  readonly parking: ParkingStore;
  readonly protocol: Protocol;
};

export const worldOn = (bus: EventBus, now: EpochMs, protocol: Protocol, given: Partial<World> = {}): World => ({
  bus,
  store: inMemoryWorklistStore(),
  clock: new FakeClock(now),
  fileSystem: new CrashingFileSystem(),
  parking: memoryParkingStore(),
  protocol,
  ...given,
});

export const serviceIn = (
  world: World,
  config: Partial<PrioritisationConfig> = {},
  metrics: Metrics = createMetrics(),
): Service =>
  createPrioritisation(
    { snapshotDirectory: '/data/snapshots', ...config },
    { ...world, keys, logger: silentLogger, metrics },
  );

/** Until the service is ready: it has read to the heads and its rows are in the store. Moves the clock for what waits on it. */
export async function untilReady(service: Service, world: World): Promise<void> {
  const what = (): string => JSON.stringify(service.health());
  await waitUntil(
    async () => {
      if (Object.values(service.health()).every(({ ok }) => ok)) return true;
      await world.clock.advance(1000);
      throw new Error(what());
    },
    { what: 'the service to be ready', everyMs: 1 },
  );
}

/** Until the store holds what the facts on the bus come to. */
export async function untilStored(world: World, sites: readonly string[] = ['EX', 'WY']): Promise<void> {
  const facts = await factsOn(world.bus);
  await waitUntil(
    async () => {
      await world.clock.advance(1000);
      const documents = await storedDocuments(world.store, sites);
      const expected = expectedDocuments(facts, world.clock.now(), [world.protocol]);
      if (isDeepStrictEqual(documents, expected)) return true;
      const [first] = [...expected.keys()].filter((id) => !isDeepStrictEqual(documents.get(id), expected.get(id)));
      throw new Error(`${documents.size} of ${expected.size} documents; differs: ${first ?? 'one too many'}`);
    },
    { what: 'the store to equal the pure fold', everyMs: 5 },
  );
}

/** Every document of the store, by id. */
export async function storedDocuments(store: InMemoryWorklistStore, sites: readonly string[]): Promise<Documents> {
  const found = new Map<string, Documents extends ReadonlyMap<string, infer D> ? D : never>();
  for (const site of sites)
    for (const list of ['reading', 'expected', 'done'] as const) {
      const { items } = await store.page({ site, list }, 500);
      for (const { studyId } of items) {
        const study = await store.study(studyId);
        if (study) found.set(studyId, study.document);
      }
    }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the pure fold of the facts comes to at an instant. */
export const expectedDocuments = (
  events: readonly KnownEvent[],
  now: EpochMs,
  protocols: readonly Protocol[],
): Documents => allDocuments(folded(events), contextAt(now, protocols));

/** Every fact on the bus, the activation that the service published itself included. */
export async function factsOn(bus: EventBus): Promise<KnownEvent[]> {
  const events: KnownEvent[] = [];
  const subscription = await bus.subscribe({
    group: 'looking',
    topics: ['imaging', 'evidence', 'orders', 'patients', 'results', 'reading', 'alerts', 'governance'],
    startAt: async () => ({}),
    handler: async (records) => {
      for (const { value } of records) {
        const decoded = decodeEvent(value);
        if (decoded.kind === 'event') events.push(decoded.event);
      }
    },
  });
  await subscription.caughtUp();
  await subscription.stop();
  return events;
}
