import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventBus, OutgoingRecord, ParkedRecord } from '@voorrang/bus';
import { decodeEvent, type NewEvent } from '@voorrang/contracts';
import { systemClock } from '@voorrang/kernel';
import { silentLogger } from '@voorrang/platform';
import { notSeenBefore, seenBefore } from '../plumbing/inbox.ts';
import { leaseOn } from '../plumbing/lease.ts';
import { sharedMigrations } from '../plumbing/migrations.ts';
import { appendToOutbox } from '../plumbing/outbox.ts';
import { startOutboxRelay } from '../plumbing/outbox-relay.ts';
import { sqlParkingStore } from '../plumbing/parking-store.ts';
import type { Database } from '../port.ts';
import type { DatabaseContractFactory } from './database-contract.ts';

const service = 'lawful';
const key = 'A'.repeat(26);
const read = (by: string): NewEvent => ({
  type: 'study.read',
  source: '/lawful',
  site: 'EX',
  key,
  data: { studyInstanceUid: '1.2', by },
});

/** The laws of inbox, outbox, leases and parked messages, for every engine. */
export function plumbingContract(name: string, factory: DatabaseContractFactory): void {
  describe(`${name} carries inbox, outbox, leases and parked messages`, () => {
    let given: Awaited<ReturnType<DatabaseContractFactory>>;
    let database: Database<Record<never, never>>;
    beforeEach(async () => {
      given = await factory();
      database = await given.provider.open(service, sharedMigrations(service));
    });
    afterEach(() => given.dispose());

    const append = (...by: string[]) =>
      database.transaction((trx) => appendToOutbox(trx, by.map(read), { service, observedAt: 1_000 }));

    test('an event is new once, also when two handle it at the same time', async () => {
      const see = () => database.transaction((trx) => seenBefore(trx, service, 'event-1'));
      const seen = await Promise.all([see(), see(), see()]);
      expect(seen.filter((before) => !before)).toHaveLength(1);
      expect(await see()).toBe(true);
    });

    test('of many events those that were not noted before are told, each once', async () => {
      const see = (...ids: string[]) => database.transaction((trx) => notSeenBefore(trx, service, ids));
      expect(await see()).toEqual(new Set());
      expect(await see('a', 'b', 'a')).toEqual(new Set(['a', 'b']));
      expect(await see('b', 'c')).toEqual(new Set(['c']));
      expect(await database.transaction((trx) => seenBefore(trx, service, 'c'))).toBe(true);
      const many = Array.from({ length: 2_500 }, (_, i) => `m${i}`);
      expect((await see(...many, 'a')).size).toBe(2_500);
    });

    test('instants of a service never go back, over a clock that does', async () => {
      const at = (observedAt: number) =>
        database.transaction((trx) => appendToOutbox(trx, [read('dr.a'), read('dr.b')], { service, observedAt }));
      const stamped = [];
      for (const instant of [5_000, 1_790_000_000_000, 4_000, 1_790_000_000_001]) stamped.push(...(await at(instant)));
      const instants = [5_000, 1_790_000_000_000, 1_790_000_000_000, 1_790_000_000_001].flatMap((one) => [one, one]);
      expect(stamped.map(({ stamp }) => stamp.observedAt)).toEqual(instants);
      expect(stamped.map(({ stamp }) => stamp.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    test('an event whose effect is rolled back is new again', async () => {
      const failing = database.transaction(async (trx) => {
        await seenBefore(trx, service, 'event-1');
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await database.transaction((trx) => seenBefore(trx, service, 'event-1'))).toBe(false);
    });

    test('stamps number the appends without gap or repeat under one name, also when many append at once', async () => {
      const appended = (await Promise.all(Array.from({ length: 10 }, (_, i) => append(`a${i}`, `b${i}`)))).flat();
      expect(new Set(appended.map(({ stamp }) => stamp.ingestId)).size).toBe(1);
      expect(appended[0]?.stamp.ingestId).toMatch(/^lawful-[0-9a-f]{12}$/);
      const numbers = appended.map(({ stamp }) => stamp.seq).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    });

    test('the relay publishes what is committed, in order, with the stamp that the appender got, and then nothing more', async () => {
      const bus = recordingBus();
      const first = await append('a', 'b');
      const relay = startOutboxRelay({ service, database, bus, clock: systemClock(), logger: silentLogger });
      await bus.until(2);
      const second = await append('c');
      relay.nudge();
      await bus.until(3);
      await relay.stop();
      const events = bus.records.map(({ value }) => decodeEvent(value));
      expect(events).toMatchObject([...first, ...second].map((event) => ({ kind: 'event', event })));
      expect(bus.records.every((record) => record.topic === 'reading' && record.key === key)).toBe(true);
      expect(
        (await database.transaction((trx) => appendToOutbox(trx, [read('d')], { service, observedAt: 1 })))[0]?.stamp
          .seq,
      ).toBe(4);
    });

    test('more events than one statement or one round holds keep their order', async () => {
      const bus = recordingBus();
      await append(...Array.from({ length: 1_203 }, (_, i) => `e${i}`));
      const relay = startOutboxRelay({ service, database, bus, clock: systemClock(), logger: silentLogger });
      await bus.until(1_203);
      await relay.stop();
      const numbers = bus.records
        .map(({ value }) => decodeEvent(value))
        .map((d) => d.kind === 'event' && d.event.stamp.seq);
      expect(numbers).toEqual(Array.from({ length: 1_203 }, (_, i) => i + 1));
    });

    test('what no bus carries is refused to who appends it, and stands before nothing else', async () => {
      const bus = recordingBus();
      await expect(append('before', 'x'.repeat(1 << 20))).rejects.toMatchObject({ code: 'VRG_EVENT_TOO_LARGE' });
      await append('after');
      const relay = startOutboxRelay({ service, database, bus, clock: systemClock(), logger: silentLogger });
      await bus.until(1);
      await relay.stop();
      expect(bus.records.map(({ value }) => decodeEvent(value))).toMatchObject([{ event: { data: { by: 'after' } } }]);
    });

    test('while the bus is away nothing is lost, and health says so', async () => {
      const bus = recordingBus();
      bus.fail = true;
      await append('a');
      const relay = startOutboxRelay({ service, database, bus, clock: systemClock(), logger: silentLogger });
      await bus.untilAttempts(2);
      expect(relay.health()).toEqual({ ok: false, detail: 'VRG_INTERNAL' });
      bus.fail = false;
      relay.nudge();
      await bus.until(1);
      await relay.stop();
    });

    test('two relays publish each event once while both live', async () => {
      const bus = recordingBus();
      const start = () => startOutboxRelay({ service, database, bus, clock: systemClock(), logger: silentLogger });
      const relays = [start(), start()];
      for (let i = 0; i < 10; i += 1) {
        await append(`e${i}`);
        for (const relay of relays) relay.nudge();
      }
      await bus.until(10);
      await Promise.all(relays.map((relay) => relay.stop()));
      expect(
        bus.records.map(({ value }) => decodeEvent(value)).map((d) => d.kind === 'event' && d.event.stamp.seq),
      ).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    });

    test('a lease has one holder, can be renewed by it, and passes on when given up or run out', async () => {
      const lease = (holder: string) => leaseOn(database.query, { service, name: 'x', holder, leaseMs: 100 });
      const [a, b] = [lease('a'), lease('b')];
      expect([await a.take(0), await b.take(50), await a.take(60), await b.take(159)]).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect([await b.take(160), await a.take(170)]).toEqual([true, false]);
      await b.giveUp();
      expect(await a.take(171)).toBe(true);
    });

    test('parked messages keep their bytes, block their key in their group, and leave when released', async () => {
      const store = sqlParkingStore(database, service);
      const parked = (group: string, offset: number, of: string): ParkedRecord => ({
        group,
        record: {
          topic: 'results',
          partition: 3,
          offset,
          key: of,
          value: Uint8Array.from([0, 255, 10]),
          headers: { a: 'b' },
        },
        code: 'VRG_EVENT_UNDECODABLE',
        reason: 'envelope',
        parkedAt: 5 + offset,
      });
      const all = [parked('g', 1, 'k1'), parked('g', 2, 'k1'), parked('g', 3, 'k2'), parked('h', 1, 'k1')];
      for (const one of [...all, ...all]) await store.park(one);
      expect(await store.list('g')).toEqual(all.slice(0, 3));
      expect(await store.list()).toHaveLength(4);
      expect(await store.blockedKeys('g')).toEqual(new Set(['k1', 'k2']));
      expect(await store.release('g', 'k1')).toEqual(all.slice(0, 2));
      expect(await store.blockedKeys('g')).toEqual(new Set(['k2']));
      expect(await store.list('h')).toHaveLength(1);
    });
  });
}

function recordingBus() {
  const records: OutgoingRecord[] = [];
  let attempts = 0;
  let wake: () => void = () => undefined;
  const waitFor = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const bus = {
    records,
    fail: false,
    until: (count: number) => waitFor(() => records.length >= count),
    untilAttempts: (count: number) => waitFor(() => attempts >= count),
    publish: async (some: readonly OutgoingRecord[]): Promise<void> => {
      attempts += 1;
      wake();
      if (bus.fail) throw new Error('the bus is away');
      records.push(...some);
      wake();
    },
  };
  return bus as typeof bus & EventBus;
}
