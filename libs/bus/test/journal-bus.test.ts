import { describe, expect, test } from '@jest/globals';
import { CrashingFileSystem } from '@voorrang/journal/testing';
import { type Clock, systemClock } from '@voorrang/kernel';
import fc from 'fast-check';
import { type JournalBus, type JournalBusOptions, journalBus, type OutgoingRecord } from '../src/index.ts';
import { busContract, eventually, Recorder } from '../src/testing/index.ts';

const busOn = (fileSystem: CrashingFileSystem, more: Partial<JournalBusOptions> = {}) =>
  journalBus({ directory: '/data/bus', fileSystem, clock: systemClock(), segmentBytes: 4_096, ...more });

const onDisk = (more: Partial<JournalBusOptions>) => async () => {
  const fileSystem = new CrashingFileSystem();
  return { open: () => busOn(fileSystem, more), dispose: async () => undefined };
};
busContract('journal, live from memory', onDisk({}));
busContract('journal, always from disk', onDisk({ ringBytes: 0 }));

const quick: Clock = { now: () => 0, wait: () => new Promise((resolve) => setImmediate(resolve)) };
const numbered = (n: number): OutgoingRecord => ({
  topic: n % 3 ? 'imaging' : 'orders',
  key: `k${n % 4}`,
  value: Buffer.from(`v${n}`),
});

describe('the bus on the journal', () => {
  test('after any crash every record that was published is delivered, and no group skips one it had not handled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ count: fc.nat(10), after: fc.integer({ min: 0, max: 70 }), seed: fc.nat(), power: fc.boolean() }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (lives) => {
          let disk = new CrashingFileSystem({ pageBytes: 64 });
          const published: string[] = [];
          const handled = new Recorder();
          let next = 0;
          for (const { count, after, seed, power } of lives) {
            const powerOff = disk.powerOffAfter(after);
            const work = async (current: CrashingFileSystem) => {
              const bus = await busOn(current, { clock: quick, segmentBytes: 300 });
              const { handler } = handled;
              const subscription = await bus.subscribe({
                group: 'g',
                topics: ['imaging', 'orders'],
                startAt: 'committed',
                handler,
              });
              for (let n = 0; n < count; n += 1) {
                const record = numbered(next);
                next += 1;
                await bus.publish([record]);
                published.push(Buffer.from(record.value).toString());
              }
              await subscription.caughtUp();
            };
            await Promise.race([work(disk), powerOff]);
            disk = power ? disk.crash(seed) : disk.restart();
          }
          const bus = await busOn(disk, { clock: quick });
          const late = new Recorder();
          const topics = ['imaging', 'orders'] as const;
          const group = await bus.subscribe({ group: 'g', topics, startAt: 'committed', handler: handled.handler });
          const other = await bus.subscribe({ group: 'late', topics, startAt: 'committed', handler: late.handler });
          await Promise.all([group.caughtUp(), other.caughtUp()]);
          expect(handled.hasAll(published)).toBe(true);
          expect(late.hasAll(published)).toBe(true);
          await bus.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('heads count the records of a topic alone, also after a kill', async () => {
    const disk = new CrashingFileSystem();
    const first = await busOn(disk);
    await first.publish([numbered(0), numbered(1), numbered(2)]);
    await first.close();
    const second = await busOn(disk);
    await second.publish([numbered(4), numbered(5)]);
    const heads = { 'orders/0': 1, 'imaging/0': 5, 'results/0': 0 };
    expect(await second.heads(['orders', 'imaging', 'results'])).toEqual(heads);
    const third = await busOn(disk.restart());
    expect(await third.heads(['orders', 'imaging', 'results'])).toEqual(heads);
    await third.close();
  });

  test.each(['', '{"version":1,"upTo":2,', '{"version":1}', '{"version":1,"upTo":3,"heads":{"orders":"x"}}', 'null'])(
    'damaged heads (%j) are counted anew',
    async (content) => {
      const disk = new CrashingFileSystem();
      const first = await busOn(disk);
      await first.publish([numbered(0), numbered(1), numbered(2)]);
      await first.close();
      disk.rot('/data/bus/heads.json', () => Buffer.from(content));
      const second = await busOn(disk);
      expect(await second.heads(['orders', 'imaging'])).toEqual({ 'orders/0': 1, 'imaging/0': 3 });
      await second.close();
    },
  );

  test.each(['', '{"version":1,"pos', '{}', 'null', '{"version":1,"positions":{"imaging":-4}}'])(
    'a group whose noted positions are damaged (%j) reads everything again and says so',
    async (content) => {
      const disk = new CrashingFileSystem();
      const read = async () => {
        const bus = await busOn(disk, { clock: quick });
        const recorder = new Recorder();
        const { handler } = recorder;
        const group = await bus.subscribe({ group: 'g', topics: ['imaging'], startAt: 'committed', handler });
        if (bus.tail === 0 && (await bus.heads(['imaging']))['imaging/0'] === 0) await bus.publish([numbered(1)]);
        await group.caughtUp();
        const { state } = group;
        await bus.close();
        return { state, again: recorder.hasAll(['v1']) };
      };
      expect((await read()).again).toBe(true);
      expect((await read()).again).toBe(false);
      disk.rot('/data/bus/groups/g.json', () => Buffer.from(content));
      const damaged = await read();
      expect(damaged.again).toBe(true);
      expect(damaged.state).toMatchObject({ status: 'running', error: { details: { file: 'groups/g.json' } } });
      expect((await read()).state.error).toBeUndefined();
    },
  );

  test('a topic whose handler fails holds no other topic up', async () => {
    const bus = await busOn(new CrashingFileSystem(), { clock: quick });
    const recorder = new Recorder((records) => {
      if (records[0]?.topic === 'orders') throw new Error('not now');
    });
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['orders', 'imaging'],
      startAt: 'committed',
      handler: recorder.handler,
    });
    for (let n = 0; n < 12; n += 1) await bus.publish([numbered(n)]);
    await eventually('imaging', () => recorder.hasAll(['v1', 'v11']), 5_000);
    await eventually('stalled', () => subscription.state.status === 'stalled', 5_000);
    await bus.close();
  });

  test('does not read from a position that was made from another log', async () => {
    const bus = await busOn(new CrashingFileSystem(), { clock: quick });
    await bus.publish([numbered(1)]);
    const recorder = new Recorder();
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['imaging'],
      startAt: async () => ({ 'imaging/0': 17 }),
      handler: recorder.handler,
    });
    await eventually('stalled', () => subscription.state.status === 'stalled', 5_000);
    expect(subscription.state.error?.code).toBe('VRG_BUS_TOPIC_MISCONFIGURED');
    expect(subscription.state.error?.details).toEqual({ topic: 'imaging', position: 17, head: 1 });
    for (let n = 0; n < 20; n += 1) await bus.publish([numbered(1)]);
    await eventually('seen again', () => subscription.state.error?.details?.head === 21, 5_000);
    expect([subscription.state.status, recorder.values()]).toEqual(['stalled', []]);
    await bus.close();
  });

  test('a group whose log was cut begins at its beginning and says so, also when the log has grown past it', async () => {
    const disk = new CrashingFileSystem();
    const recorder = new Recorder();
    const subscribe = (bus: JournalBus) =>
      bus.subscribe({ group: 'g', topics: ['imaging'], startAt: 'committed', handler: recorder.handler });
    const before = await busOn(disk);
    for (let n = 0; n < 4; n += 1) await before.publish([{ ...numbered(1), value: Buffer.from(`old${n}`) }]);
    await (await subscribe(before)).caughtUp();
    await before.close();
    for (const name of await disk.list('/data/bus/log')) await disk.remove(`/data/bus/log/${name}`);
    // A life in which the group does not come, but the log grows past its old position.
    const without = await busOn(disk);
    for (let n = 0; n < 6; n += 1) await without.publish([{ ...numbered(1), value: Buffer.from(`new${n}`) }]);
    const subscription = await subscribe(without);
    await subscription.caughtUp();
    expect(subscription.state).toMatchObject({ status: 'running', error: { code: 'VRG_BUS_TOPIC_MISCONFIGURED' } });
    expect(recorder.hasAll(['new0', 'new5'])).toBe(true);
    await without.close();
    const after = await busOn(disk);
    const well = await subscribe(after);
    await well.caughtUp();
    expect(well.state).toEqual({ status: 'running' });
    await after.close();
  });

  test('caughtUp is rejected when the subscription stops first', async () => {
    const bus = await busOn(new CrashingFileSystem(), { clock: quick });
    const recorder = new Recorder(() => {
      throw new Error('never');
    });
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['imaging'],
      startAt: 'committed',
      handler: recorder.handler,
    });
    await bus.publish([numbered(1)]);
    const outcome = subscription.caughtUp().then(
      () => 'caught up',
      (thrown) => thrown.code,
    );
    await subscription.stop();
    expect(await outcome).toBe('VRG_BUS_UNAVAILABLE');
    await bus.close();
  });

  test('drops old segments; a new group then begins with the oldest record kept', async () => {
    const bus = await busOn(new CrashingFileSystem(), { segmentBytes: 300, ringBytes: 0 });
    for (let n = 0; n < 40; n += 1) await bus.publish([{ ...numbered(1), value: Buffer.from(`v${n}`) }]);
    await bus.dropBelow(20);
    expect(bus.tail).toBeGreaterThan(0);
    const recorder = new Recorder();
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['imaging'],
      startAt: 'committed',
      handler: recorder.handler,
    });
    await subscription.caughtUp();
    expect(recorder.values()).toEqual(Array.from({ length: 40 - bus.tail }, (_, n) => `v${bus.tail + n}`));
    await bus.close();
  });

  test('says so when the disk no longer takes records', async () => {
    const disk = new CrashingFileSystem();
    const bus = await busOn(disk);
    disk.fail({ operation: 'sync', nth: 1, code: 'EIO' });
    await expect(bus.publish([numbered(1)])).rejects.toMatchObject({ code: 'VRG_JOURNAL_FAILED', kind: 'ambiguous' });
    expect(bus.health.ok).toBe(false);
    await bus.close();
  });
});
