import { afterEach, describe, expect, test } from '@jest/globals';
import { journalBus } from '@voorrang/bus';
import { HostileBus } from '@voorrang/bus/testing';
import { CrashingFileSystem } from '@voorrang/journal/testing';
import { hours, minutes, systemClock, VoorrangError } from '@voorrang/kernel';
import { createMetrics, type Service } from '@voorrang/platform';
import { waitUntil } from '@voorrang/testing';
import type { InMemoryWorklistStore } from '@voorrang/worklist-store';
import { writeSnapshot } from '../src/adapters/snapshot-file/snapshot-file.ts';
import type { SnapshotHeader } from '../src/application/ports.ts';
import { snapshotVersion } from '../src/domain/index.ts';
import { draft, keys, monday, seriesData, stamped } from './facts.ts';
import { historyOf } from './histories.ts';
import { handMadeProtocol } from './protocols.ts';
import { Random } from './random.ts';
import { factsOn, publish, serviceIn, storedDocuments, untilReady, untilStored, type World, worldOn } from './world.ts';

const protocol = handMadeProtocol('c'.repeat(64));
const running: Service[] = [];
const started = (service: Service): Service => {
  running.push(service);
  return service;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});
const startIn = async (world: World): Promise<Service> => {
  const service = started(serviceIn(world));
  await service.start();
  return service;
};

describe('on a hostile bus', () => {
  test.each([1, 2, 3, 4, 5])('the list equals the pure fold of the facts, seed %d', async (seed) => {
    const history = historyOf(seed * 101);
    const bus = new HostileBus({ seed });
    const world = worldOn(bus, history.endsAt, protocol);
    const service = await startIn(world);
    const half = history.events.length >> 1;
    await publish(bus, history.events.slice(0, half));
    await untilReady(service, world);
    await publish(bus, history.events.slice(half));
    await bus.settle();
    await untilStored(world);
    await service.stop();
    await bus.close();
  });

  test('a store whose answers get lost or late ends with the same rows', async () => {
    const history = historyOf(77);
    const bus = new HostileBus({ seed: 9 });
    const world = worldOn(bus, history.endsAt, protocol);
    const store = unreliable(world.store, new Random(5));
    const service = await startIn({ ...world, store });
    await publish(bus, history.events);
    await untilStored(world);
    await service.stop();
    await bus.close();
  });
});

/** A store that fails before or after it did its work, at random: transient and ambiguous errors of a broken connection. */
function unreliable(under: InMemoryWorklistStore, random: Random): InMemoryWorklistStore {
  const breaking = async <T>(work: () => Promise<T>): Promise<T> => {
    if (random.chance(0.2)) throw new VoorrangError('VRG_STORE_UNAVAILABLE');
    const done = await work();
    if (random.chance(0.2)) throw new VoorrangError('VRG_STORE_UNAVAILABLE');
    return done;
  };
  return Object.assign(Object.create(under) as InMemoryWorklistStore, {
    acquire: () => breaking(() => under.acquire()),
    apply: (change: Parameters<InMemoryWorklistStore['apply']>[0]) => breaking(() => under.apply(change)),
    beginRebuild: (fence: number) => breaking(() => under.beginRebuild(fence)),
    rebuild: (...given: Parameters<InMemoryWorklistStore['rebuild']>) => breaking(() => under.rebuild(...given)),
    finishRebuild: (...given: Parameters<InMemoryWorklistStore['finishRebuild']>) =>
      breaking(() => under.finishRebuild(...given)),
  });
}

const onJournal = async (
  seed: number,
): Promise<{ world: World; disk: CrashingFileSystem; end: () => Promise<void> }> => {
  const history = historyOf(seed);
  const disk = new CrashingFileSystem();
  const world = worldOn(await openBus(disk), history.endsAt, protocol, { fileSystem: disk });
  await publish(world.bus, history.events);
  return { world, disk, end: () => world.bus.close() };
};
const openBus = (fileSystem: CrashingFileSystem) =>
  journalBus({ directory: '/data/bus', fileSystem, clock: systemClock() });

describe('on the journal bus', () => {
  test('a restart goes on from the snapshot and an empty store is filled again', async () => {
    const { world, end } = await onJournal(11);
    const first = await startIn(world);
    await untilReady(first, world);
    await untilStored(world);
    await first.stop();
    world.store.forget();
    const late = historyOf(12).events.filter(({ type }) => type === 'series.observed');
    await publish(world.bus, late);
    const metrics = createMetrics();
    const second = started(serviceIn(world, {}, metrics));
    await second.start();
    await untilReady(second, world);
    await untilStored(world);
    const folded = /facts_total\{type="[a-z.-]+"\} (\d+)/g;
    expect([...(await metrics.text()).matchAll(folded)].map(([, count]) => Number(count))).toEqual([late.length]);
    await second.stop();
    await end();
  });

  test('losing the snapshot, or power while it is written, costs nothing but time', async () => {
    const { world, disk } = await onJournal(13);
    const first = await startIn(world);
    await untilReady(first, world);
    await untilStored(world);
    await first.stop();
    const after = disk.crash(3);
    const again = worldOn(await openBus(after), world.clock.now(), protocol, { fileSystem: after });
    const second = await startIn(again);
    await untilReady(second, again);
    await untilStored(again);
    await second.stop();
    await again.bus.close();
  });

  test('a damaged snapshot is set aside', async () => {
    const { world, disk, end } = await onJournal(14);
    const first = await startIn(world);
    await untilReady(first, world);
    await first.stop();
    const handle = await disk.open('/data/snapshots/prioritisation.snapshot', 'append');
    await handle.append([Buffer.from('x')]);
    await handle.close();
    const second = await startIn({ ...world });
    await untilReady(second, world);
    await untilStored(world);
    await second.stop();
    await end();
  });

  test.each([
    ['of an older version', { version: 1 }],
    ['of a program that knew other types of events', {}],
  ])('a snapshot %s is folded anew: what that one passed over is in the log alone', async (_what, older) => {
    const { world, disk, end } = await onJournal(16);
    const positions = await world.bus.heads(['imaging', 'evidence', 'orders', 'patients', 'results', 'reading']);
    const header = {
      version: snapshotVersion,
      fingerprint: keys.of('snapshot', 'prioritisation'),
      savedAt: monday,
      positions,
      epoch: null,
      ...older,
    };
    await writeSnapshot(disk, '/data/snapshots', header as SnapshotHeader, [], async () => undefined);
    const service = await startIn(world);
    await untilReady(service, world);
    await untilStored(world);
    await service.stop();
    await end();
  });

  test('a store that keeps its content over a restart is not rebuilt, and what happened meanwhile is written', async () => {
    const { world, end } = await onJournal(15);
    const first = await startIn(world);
    await untilReady(first, world);
    await untilStored(world);
    await first.stop();
    const { epoch } = await world.store.status();
    await world.clock.advance(hours(30));
    await publish(
      world.bus,
      historyOf(16).events.filter(({ type }) => type === 'series.observed'),
    );
    const second = await startIn(world);
    await untilReady(second, world);
    await untilStored(world);
    expect((await world.store.status()).epoch).toBe(epoch);
    await second.stop();
    await end();
  });

  test('a store that loses its content while nothing happens is found out and rebuilt', async () => {
    const { world, end } = await onJournal(17);
    const service = await startIn(world);
    await untilReady(service, world);
    await untilStored(world);
    world.store.forget();
    expect((await world.store.status()).state).toBe('rebuilding');
    await untilStored(world);
    expect((await world.store.status()).state).toBe('current');
    await service.stop();
    await end();
  });

  test('a later writer shuts this one out: it writes no more and is not ready', async () => {
    const { world, end } = await onJournal(18);
    const service = await startIn(world);
    await untilReady(service, world);
    await world.store.acquire();
    const { revision } = await world.store.status();
    await publish(world.bus, historyOf(19).events);
    await waitUntil(async () => {
      await world.clock.advance(1000);
      return service.health().projection?.ok === false;
    });
    expect((await world.store.status()).revision).toBe(revision);
    await service.stop();
    await end();
  });

  test('the loaded policy is activated once, and again only when it changes', async () => {
    const { world, end } = await onJournal(20);
    const activations = async () =>
      (await factsOn(world.bus)).filter(({ type, source }) => type === 'policy.activated' && source !== 'test/gov');
    for (const hash of ['c', 'c', 'd', 'd', 'c']) {
      const service = await startIn({ ...world, protocol: handMadeProtocol(hash.repeat(64)) });
      await untilReady(service, world);
      await service.stop();
    }
    expect((await activations()).map(({ data }) => ('hash' in data ? data.hash[0] : ''))).toEqual(['c', 'd', 'c']);
    await end();
  });
});

describe('what nobody sends', () => {
  const uid = '1.2.840.1';
  const id = keys.study('EX', uid);
  const images = stamped([
    draft(
      'series.observed',
      monday,
      'dicom',
      'EX',
      id,
      seriesData({ studyInstanceUid: uid, seriesInstanceUid: '1.2.3' }),
    ),
  ]);

  test('a message that cannot be read shows its study as unprocessed at the safe place, also after a restart', async () => {
    const bus = new HostileBus({ seed: 4 });
    const world = worldOn(bus, monday + minutes(1), protocol);
    const broken = { specversion: '1.0', site: 'EX', type: 'series.observed.v1', data: { studyInstanceUid: uid } };
    await bus.publish([{ topic: 'imaging', key: id, value: Buffer.from(JSON.stringify(broken)) }]);
    for (const turn of ['first', 'after a restart']) {
      const service = await startIn(world);
      await untilReady(service, world);
      const document = await waitUntil(async () => (await storedDocuments(world.store, ['EX'])).get(id), {
        what: turn,
      });
      expect(document.row).toMatchObject({ list: 'reading', studyInstanceUid: uid, band: 2 });
      expect(document.row.flags).toEqual(expect.arrayContaining(['unscored', 'unprocessed', 'images-not-received']));
      await service.stop();
      world.store.forget();
    }
    await bus.close();
  });

  test('a study falls overdue, and leaves the done list after 72 hours, by time alone', async () => {
    const bus = new HostileBus({ seed: 6 });
    const world = worldOn(bus, monday, protocol);
    const service = started(serviceIn(world, { sweepEveryMs: minutes(20) }));
    await service.start();
    await untilReady(service, world);
    await publish(bus, images);
    const row = async () => (await storedDocuments(world.store, ['EX'])).get(id)?.row;
    await waitUntil(async () => (await row())?.list === 'reading');
    expect((await row())?.flags).not.toContain('overdue');
    await world.clock.advance(minutes(61));
    await waitUntil(async () => (await row())?.flags.includes('overdue'));
    const read = stamped([
      draft('study.read', world.clock.now(), 'reading', 'EX', id, { studyInstanceUid: uid, by: 'dr.a' }),
    ]);
    await publish(bus, read);
    await waitUntil(async () => (await row())?.list === 'done');
    await world.clock.advance(hours(73));
    await waitUntil(async () => (await row()) === undefined);
    await service.stop();
    await bus.close();
  });
});
