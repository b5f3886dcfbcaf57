import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { busContract, HostileBus, HostileLog, Recorder } from '../src/testing/index.ts';

busContract(
  'hostile',
  async ({ suffix }) => {
    const log = new HostileLog();
    const seed = [...suffix].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
    return { open: async () => new HostileBus({ seed, log }), dispose: async () => undefined };
  },
  { redelivers: true },
);

const publishes = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 25,
});

describe('the hostile bus', () => {
  test('delivers what was published to every group, and keeps the order of each key once repetitions are removed', async () => {
    let repeated = 0;
    let delivered = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), publishes, fc.integer({ min: 1, max: 2 }), async (seed, batches, members) => {
        const bus = new HostileBus({ seed });
        const recorders = [new Recorder(), new Recorder()];
        for (const [n, recorder] of recorders.entries())
          for (let member = 0; member < members; member += 1)
            await bus.subscribe({
              group: `g${n}`,
              topics: ['imaging'],
              startAt: 'committed',
              handler: recorder.handler,
            });
        const published: { key: string; value: string }[] = [];
        for (const keys of batches) {
          const records = keys.map((key, at) => ({ key, value: `${key}-${published.length + at}` }));
          published.push(...records);
          await bus.publish(records.map(({ key, value }) => ({ topic: 'imaging', key, value: Buffer.from(value) })));
        }
        await bus.settle();
        for (const recorder of recorders) {
          for (const key of new Set(published.map((each) => each.key)))
            expect(recorder.firstDeliveries(key)).toEqual(
              published.filter((each) => each.key === key).map(({ value }) => value),
            );
          delivered += recorder.values().length;
          repeated += recorder.values().length - published.length;
        }
        await bus.close();
      }),
      { numRuns: 60 },
    );
    expect(repeated / delivered).toBeGreaterThan(0.2);
  });

  test('the same seed makes the same trouble', async () => {
    const run = async (): Promise<readonly string[]> => {
      const bus = new HostileBus({ seed: 42 });
      const recorder = new Recorder();
      for (let n = 0; n < 40; n += 1)
        await bus.publish([{ topic: 'results', key: `k${n % 7}`, value: Buffer.from(String(n)) }]);
      await bus.subscribe({ group: 'g', topics: ['results'], startAt: 'committed', handler: recorder.handler });
      await bus.settle();
      await bus.close();
      return recorder.values();
    };
    expect(await run()).toEqual(await run());
  });

  test('runs zombies: a handler is called for a partition while it still works on it', async () => {
    const bus = new HostileBus({ seed: 3 });
    const recorder = new Recorder(() => new Promise((resolve) => setImmediate(resolve)));
    await bus.subscribe({ group: 'g', topics: ['results'], startAt: 'committed', handler: recorder.handler });
    for (let n = 0; n < 200; n += 1)
      await bus.publish([{ topic: 'results', key: `k${n % 7}`, value: Buffer.from(String(n)) }]);
    await bus.settle();
    expect(recorder.overlaps).toBeGreaterThan(0);
    await bus.close();
  });

  test('settle names the partitions of a handler that never succeeds', async () => {
    const bus = new HostileBus({ seed: 1, hostility: { zombie: 0 } });
    const failing = new Recorder(() => {
      throw new Error('never');
    });
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['results'],
      startAt: 'committed',
      handler: failing.handler,
    });
    await bus.publish([{ topic: 'results', key: 'k', value: Buffer.from('1') }]);
    await expect(bus.settle(100)).rejects.toThrow(/results\/[0-2]/);
    expect(subscription.state.status).toBe('stalled');
    await bus.close();
  });
});
