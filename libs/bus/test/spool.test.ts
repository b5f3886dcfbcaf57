import { describe, expect, test } from '@jest/globals';
import { decodeEvent, type Event, type NewEvent } from '@voorrang/contracts';
import { CrashingFileSystem } from '@voorrang/journal/testing';
import { type Clock, VoorrangError } from '@voorrang/kernel';
import fc from 'fast-check';
import { type BusRecord, type EventBus, type OutgoingRecord, openSpool, type SpoolOptions } from '../src/index.ts';
import { eventually, HostileBus } from '../src/testing/index.ts';
import { byOf, keyOf, studyRead } from './study-events.ts';

const start = 1_790_000_000_000;
const quick: Clock = { now: () => start, wait: () => new Promise((resolve) => setImmediate(resolve)) };

/** A bus that keeps what it takes in order, and refuses while `down`. */
class KeepingBus {
  readonly taken: OutgoingRecord[] = [];
  publishes = 0;
  down: VoorrangError | undefined;
  readonly bus: EventBus;

  constructor() {
    const inner = new HostileBus({ seed: 1 });
    this.bus = Object.assign(Object.create(inner) as EventBus, {
      publish: async (records: readonly OutgoingRecord[]) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.down !== undefined) throw this.down;
        this.publishes += 1;
        this.taken.push(...records);
      },
    });
  }

  get events(): readonly Event[] {
    return this.taken.map(eventOf);
  }
}

const eventOf = ({ value }: Pick<BusRecord, 'value'>): Event => {
  const decoded = decodeEvent(value);
  if (decoded.kind !== 'event') throw new Error(decoded.type);
  return decoded.event;
};

const spoolOn = (disk: CrashingFileSystem, bus: EventBus, more: Partial<SpoolOptions> = {}) =>
  openSpool({
    directory: '/data/spool',
    fileSystem: disk,
    bus,
    clock: quick,
    newIngestId: () => 'ingest-1',
    segmentBytes: 2_000,
    ...more,
  });

describe('accepting facts', () => {
  test('resolves with events whose stamp is where they are durable, numbered in the order of the calls', async () => {
    const spool = await spoolOn(new CrashingFileSystem(), new KeepingBus().bus);
    const calls = Array.from({ length: 30 }, (_, n) => spool.accept([studyRead(n, `a${n}`), studyRead(n, `b${n}`)]));
    const events = (await Promise.all(calls)).flat();
    expect(events.map(({ stamp }) => stamp)).toEqual(
      Array.from({ length: 60 }, (_, seq) => ({ observedAt: start, ingestId: 'ingest-1', seq })),
    );
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, seq) => `ingest-1-${seq}`));
    expect(events.slice(0, 2).map(byOf)).toEqual(['a0', 'b0']);
    await spool.stop();
  });

  test('gives instants that never go back, over a clock that does and over openings', async () => {
    const disk = new CrashingFileSystem();
    const instants = [50, 70, 60, 40, 80, 10, 20];
    let now = 0;
    const clock = { ...quick, now: () => now };
    const observed: number[] = [];
    const bus = new KeepingBus();
    for (const [n, instant] of instants.entries()) {
      now = instant;
      const spool = await spoolOn(disk, bus.bus, { clock });
      if (n % 2) spool.start();
      observed.push(...(await spool.accept([studyRead(1, 'x')])).map(({ stamp }) => stamp.observedAt));
      if (n % 2) await spool.drained();
      await spool.stop();
    }
    expect(observed).toEqual([50, 70, 70, 70, 80, 80, 80]);
  });

  test('refuses a type that no topic carries before anything is durable', async () => {
    const spool = await spoolOn(new CrashingFileSystem(), new KeepingBus().bus);
    const facts: NewEvent[] = [studyRead(1, 'x'), { ...studyRead(1, 'y'), type: 'study.dreamt-of' }];
    await expect(spool.accept(facts)).rejects.toMatchObject({ code: 'VRG_EVENT_UNDECODABLE' });
    expect((await spool.accept([studyRead(1, 'z')]))[0]?.stamp.seq).toBe(0);
    await spool.stop();
  });

  test('refuses a fact that no bus would take', async () => {
    const spool = await spoolOn(new CrashingFileSystem(), new KeepingBus().bus);
    const large = studyRead(1, 'x'.repeat(1_000_000));
    await expect(spool.accept([large])).rejects.toMatchObject({ code: 'VRG_EVENT_TOO_LARGE', kind: 'permanent' });
    await spool.stop();
  });

  test('refuses clearly at the limit while the bus is away, and goes on when it is back', async () => {
    const bus = new KeepingBus();
    bus.down = new VoorrangError('VRG_BUS_UNAVAILABLE');
    const spool = await spoolOn(new CrashingFileSystem(), bus.bus, { limitBytes: 8_000 });
    spool.start();
    let accepted = 0;
    let refusal: unknown;
    while (refusal === undefined)
      await spool.accept([studyRead(accepted, 'x')]).then(
        () => {
          accepted += 1;
        },
        (thrown) => {
          refusal = thrown;
        },
      );
    expect(refusal).toMatchObject({ code: 'VRG_SPOOL_FULL', kind: 'transient' });
    await eventually('shown', () => !spool.health.ok && spool.health.waiting === accepted, 5_000);
    bus.down = undefined;
    await spool.drained();
    for (let room = false; !room; await quick.wait(1))
      room = await spool.accept([studyRead(1, 'later')]).then(
        () => true,
        () => false,
      );
    await spool.drained();
    expect(bus.events).toHaveLength(accepted + 1);
    await spool.stop();
  });
});

describe('health of a spool whose bus is well', () => {
  test('is not ok while the limit refuses facts, until the relay has made room', async () => {
    const spool = await spoolOn(new CrashingFileSystem(), new KeepingBus().bus, { limitBytes: 8_000 });
    for (let full = false; !full; )
      full = await spool.accept([studyRead(1, 'x')]).then(
        () => false,
        () => true,
      );
    expect(spool.health.ok).toBe(false);
    spool.start();
    await spool.drained();
    await eventually('room', () => spool.health.ok, 5_000);
    await spool.stop();
  });

  test('is not ok after the journal has failed', async () => {
    const disk = new CrashingFileSystem();
    const spool = await spoolOn(disk, new KeepingBus().bus);
    disk.fail({ operation: 'sync', nth: 1, code: 'EIO' });
    await expect(spool.accept([studyRead(1, 'x')])).rejects.toMatchObject({ code: 'VRG_JOURNAL_FAILED' });
    expect(spool.health.ok).toBe(false);
    await spool.stop();
  });
});

describe('relaying facts', () => {
  test('a journal that is shorter than what was relayed is refused, with its directory and what to do', async () => {
    const disk = new CrashingFileSystem();
    const spool = await spoolOn(disk, new KeepingBus().bus);
    await spool.accept([studyRead(1, 'a'), studyRead(1, 'b')]);
    spool.start();
    await spool.drained();
    await spool.stop();
    for (const name of await disk.list('/data/spool/facts')) await disk.remove(`/data/spool/facts/${name}`);
    await expect(spoolOn(disk, new KeepingBus().bus)).rejects.toMatchObject({
      code: 'VRG_JOURNAL_CORRUPT',
      message: expect.stringMatching(/\/data\/spool .*new spool directory/),
      details: { directory: '/data/spool', position: 2, head: 0 },
    });
  });

  test.each(['', '{"version":1,"posi', 'null', '{"version":1,"position":"2"}'])(
    'a damaged position (%j) only means that facts come again',
    async (content) => {
      const disk = new CrashingFileSystem();
      const bus = new KeepingBus();
      for (const by of ['a', 'b']) {
        const spool = await spoolOn(disk, bus.bus);
        await spool.accept([studyRead(1, by)]);
        spool.start();
        await spool.drained();
        await spool.stop();
        disk.rot('/data/spool/position.json', () => Buffer.from(content));
      }
      expect(bus.events.map(byOf)).toEqual(['a', 'a', 'b']);
      expect(bus.events.map(({ stamp }) => stamp.seq)).toEqual([0, 0, 1]);
    },
  );

  test('brings every fact to its topic and key, in order, with its stamp, id and trace', async () => {
    const bus = new KeepingBus();
    const spool = await spoolOn(new CrashingFileSystem(), bus.bus, { relayBatch: 7 });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const accepted = await spool.accept([
      { ...studyRead(1, 'first'), traceparent },
      ...Array.from({ length: 20 }, (_, n) => studyRead(n % 4, String(n))),
    ]);
    spool.start();
    await spool.drained();
    expect(bus.events).toEqual(accepted);
    expect(bus.taken[0]).toMatchObject({ topic: 'reading', key: keyOf(1), headers: { traceparent } });
    expect(bus.publishes).toBe(3);
    expect(spool.health).toEqual({ ok: true, detail: 'relaying', waiting: 0 });
    await spool.stop();
  });

  test.each(['VRG_BUS_UNAVAILABLE', 'VRG_BUS_PUBLISH_UNKNOWN', 'VRG_BUS_TOPIC_MISCONFIGURED'] as const)(
    'tries again for ever when the bus says %s, and skips nothing',
    async (code) => {
      const bus = new KeepingBus();
      bus.down = new VoorrangError(code);
      const spool = await spoolOn(new CrashingFileSystem(), bus.bus);
      spool.start();
      const accepted = await spool.accept([studyRead(1, 'a'), studyRead(2, 'b')]);
      await eventually('shown', () => !spool.health.ok, 5_000);
      expect(spool.health.waiting).toBe(2);
      bus.down = undefined;
      await spool.drained();
      expect(bus.events).toEqual(accepted);
      expect(spool.health.ok).toBe(true);
      await spool.stop();
    },
  );

  test('after a clean stop goes on with new facts only', async () => {
    const disk = new CrashingFileSystem();
    const bus = new KeepingBus();
    for (const by of ['one', 'two', 'three']) {
      const spool = await spoolOn(disk, bus.bus, { newIngestId: () => `ingest-${by}` });
      spool.start();
      expect((await spool.accept([studyRead(1, by)]))[0]?.stamp.ingestId).toBe('ingest-one');
      await spool.drained();
      await spool.stop();
    }
    expect(bus.events.map(byOf)).toEqual(['one', 'two', 'three']);
  });

  test('every accepted fact reaches the bus after any crash, with the stamp that its sender was answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ facts: fc.nat(12), after: fc.integer({ min: 0, max: 60 }), seed: fc.nat(), power: fc.boolean() }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (lives) => {
          let disk = new CrashingFileSystem({ pageBytes: 64 });
          const bus = new KeepingBus();
          const answered = new Map<string, Event>();
          for (const [life, { facts, after, seed, power }] of lives.entries()) {
            const powerOff = disk.powerOffAfter(after);
            const work = async (current: CrashingFileSystem) => {
              const spool = await spoolOn(current, bus.bus, { newIngestId: () => `ingest-${life}`, segmentBytes: 600 });
              spool.start();
              await Promise.all(
                Array.from({ length: facts }, async (_, n) => {
                  for (const event of await spool.accept([studyRead(n % 3, `${life}.${n}`)]))
                    answered.set(byOf(event), event);
                }),
              );
              await spool.drained();
            };
            await Promise.race([work(disk), powerOff]);
            disk = power ? disk.crash(seed) : disk.restart();
          }
          const spool = await spoolOn(disk, bus.bus, { newIngestId: () => 'ingest-last' });
          spool.start();
          await spool.drained();
          await spool.stop();
          const published = new Map(bus.events.map((event) => [event.id, event]));
          for (const event of answered.values()) expect(published.get(event.id)).toEqual(event);
          expect(new Set([...published.values()].map(byOf)).size).toBe(published.size);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('coalescing', () => {
  const names = (event: { readonly data: unknown }): string[] => byOf(event).split('+');
  const union = (first: NewEvent, next: NewEvent): NewEvent | undefined =>
    names(next).includes('alone')
      ? undefined
      : {
          ...first,
          data: { ...(first.data as object), by: [...new Set([...names(first), ...names(next)])].join('+') },
        };

  test('merges facts that follow each other in their key, under the stamp of the first and the id of the range', async () => {
    const bus = new KeepingBus();
    const spool = await spoolOn(new CrashingFileSystem(), bus.bus, { coalesce: union });
    await spool.accept([
      studyRead(1, 'a'),
      studyRead(2, 'x'),
      studyRead(1, 'b'),
      studyRead(1, 'c'),
      studyRead(1, 'alone'),
      studyRead(1, 'd'),
      { ...studyRead(1, 'other site'), site: 'NORTH' },
    ]);
    spool.start();
    await spool.drained();
    expect(bus.events.map((event) => [event.id, event.stamp.seq, byOf(event)])).toEqual([
      ['ingest-1-0-3', 0, 'a+b+c'],
      ['ingest-1-1', 1, 'x'],
      ['ingest-1-4-5', 4, 'alone+d'],
      ['ingest-1-6', 6, 'other site'],
    ]);
    await spool.stop();
  });

  test('never merges what lies more than a second apart: an outage makes no instant earlier', async () => {
    const bus = new KeepingBus();
    let now = start;
    const clock = { ...quick, now: () => now };
    const spool = await spoolOn(new CrashingFileSystem(), bus.bus, { coalesce: union, clock });
    for (const [by, after] of Object.entries({ a: 0, b: 600, c: 1_000, d: 1_001, e: 90_000 })) {
      now = start + after;
      await spool.accept([studyRead(1, by)]);
    }
    spool.start();
    await spool.drained();
    expect(bus.events.map((event) => [byOf(event), event.stamp.observedAt - start])).toEqual([
      ['a+b+c', 0],
      ['d', 1_001],
      ['e', 90_000],
    ]);
    await spool.stop();
  });

  test('facts that come again in other borders after a crash add up to the same union', async () => {
    const facts = Array.from({ length: 40 }, (_, n) => studyRead(n % 3, `f${n}`));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), async (before, after) => {
        const disk = new CrashingFileSystem();
        const bus = new KeepingBus();
        // Between publishes time goes on, the position is never written.
        const never: Clock = {
          now: () => start,
          wait: (ms) => new Promise((resolve) => ms < 100 && setImmediate(resolve)),
        };
        const first = await spoolOn(disk, bus.bus, { coalesce: union, relayBatch: before, clock: never });
        await first.accept(facts);
        first.start();
        await first.drained();
        const second = await spoolOn(disk.restart(), bus.bus, { coalesce: union, relayBatch: after });
        second.start();
        await second.drained();
        await second.stop();
        for (let study = 0; study < 3; study += 1) {
          const told = bus.events.filter(({ key }) => key === keyOf(study)).flatMap(names);
          expect(new Set(told)).toEqual(new Set(facts.filter(({ key }) => key === keyOf(study)).map(byOf)));
        }
        const byId = new Map<string, string>();
        for (const event of bus.events) {
          expect(byId.get(event.id) ?? byOf(event)).toBe(byOf(event));
          byId.set(event.id, byOf(event));
        }
      }),
      { numRuns: 12 },
    );
  });
});
