import { describe, expect, test } from '@jest/globals';
import { type Clock, VoorrangError } from '@voorrang/kernel';
import fc from 'fast-check';
import {
  ack,
  type EventHandler,
  type HandlerResult,
  type ParkedRecord,
  park,
  type RunEventsOptions,
  runEvents,
} from '../src/index.ts';
import { eventually, HostileBus, memoryParkingStore } from '../src/testing/index.ts';
import { byOf, keyOf, ofUnknownType, recordOf, undecodable } from './study-events.ts';

const friendly = { takeover: 0, rewind: 0, zombie: 0, duplicatePublish: 0 };
/** Waits take a turn of the event loop and move the clock, so that retries come at once. */
function impatientClock(): Clock {
  let now = 1_790_000_000_000;
  return {
    now: () => now,
    wait: async (ms) => {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A runner on a bus, with all that it told. */
async function running(
  handle: EventHandler,
  more: Partial<RunEventsOptions> & { seed?: number; bus?: HostileBus } = {},
) {
  const bus = more.bus ?? new HostileBus({ seed: more.seed ?? 1, partitions: 1, hostility: friendly });
  const parking = more.parking ?? memoryParkingStore();
  const counts: Record<string, number> = {};
  const told: ParkedRecord[] = [];
  const errors: unknown[] = [];
  const subscription = await runEvents({
    bus,
    group: 'g',
    topics: ['reading'],
    startAt: 'committed',
    parking,
    clock: impatientClock(),
    logger: { info: () => undefined, error: (_, error) => errors.push(error) },
    metrics: {
      counter: () => ({
        inc: ({ outcome = '' }, by = 1) => {
          counts[outcome] = (counts[outcome] ?? 0) + by;
        },
      }),
    },
    mode: 'each',
    handle,
    onParked: async (parked) => {
      told.push(parked);
    },
    ...more,
  });
  return { bus, parking, counts, told, errors, subscription };
}

/** A handler that notes who it saw, and answers as `answer` says. */
function noting(answer: (by: string, nth: number) => HandlerResult | undefined = () => undefined) {
  const seen: string[] = [];
  const handle: EventHandler = async (events) =>
    events.map((event) => {
      const by = byOf(event);
      const result = answer(by, seen.filter((other) => other === by).length);
      seen.push(by);
      return result ?? ack();
    });
  return { seen, handle };
}

describe.each(['each', 'batch'] as const)('the consumer runner, mode %s', (mode) => {
  test('hands events over in order, and skips and counts types it does not know', async () => {
    const { seen, handle } = noting();
    const { bus, counts } = await running(handle, { mode });
    await bus.publish([recordOf(1, 'a'), ofUnknownType(1), recordOf(2, 'b'), recordOf(1, 'c')]);
    await bus.settle();
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(counts).toEqual({ handled: 3, 'unknown-type': 1 });
    await bus.close();
  });

  test('parks what can never be decoded with its original bytes, and what follows it in its key; other keys go on', async () => {
    const { seen, handle } = noting();
    const { bus, parking, told, counts, errors } = await running(handle, { mode });
    const bad = undecodable(1);
    await bus.publish([recordOf(1, 'before'), bad, recordOf(2, 'other'), recordOf(1, 'behind')]);
    await bus.settle();
    expect(seen).toEqual(['before', 'other']);
    const parked = await parking.list('g');
    expect(parked.map(({ code }) => code)).toEqual(['VRG_EVENT_UNDECODABLE', 'VRG_EVENT_KEY_BLOCKED']);
    expect(Buffer.from(parked[0]?.record.value ?? []).equals(bad.value)).toBe(true);
    expect(told.map(({ record }) => record.offset)).toEqual([1, 3]);
    expect(counts).toEqual({ handled: 2, parked: 2 });
    expect(errors).toHaveLength(2);
    await bus.close();
  });

  test.each<[string, (by: string) => HandlerResult | undefined]>([
    ['answers park', (by) => (by === 'bad' ? park(new VoorrangError('VRG_STUDY_STATE')) : undefined)],
    [
      'throws a permanent error',
      (by) => {
        if (by === 'bad') throw new VoorrangError('VRG_STUDY_STATE');
        return undefined;
      },
    ],
  ])('parks only the event at fault when the handler %s', async (_, answer) => {
    const { seen, handle } = noting(answer);
    const { bus, parking } = await running(handle, { mode });
    await bus.publish([
      recordOf(1, 'a'),
      recordOf(2, 'bad'),
      recordOf(3, 'c'),
      recordOf(2, 'behind'),
      recordOf(1, 'd'),
    ]);
    await bus.settle();
    expect((await parking.list('g')).map(({ code }) => code)).toEqual(['VRG_STUDY_STATE', 'VRG_EVENT_KEY_BLOCKED']);
    expect([...new Set(seen)].filter((by) => by !== 'bad' && by !== 'behind')).toEqual(['a', 'c', 'd']);
    await bus.close();
  });

  test.each<[string, (nth: number) => HandlerResult | undefined]>([
    [
      'answers retry',
      (nth) => (nth < 5 ? { kind: 'retry', after: 50, error: new VoorrangError('VRG_SQL_CONFLICT') } : undefined),
    ],
    [
      'loses the answer of a store',
      (nth) => {
        if (nth < 5) throw new VoorrangError('VRG_SQL_UNKNOWN');
        return undefined;
      },
    ],
    [
      'meets an error of the machine',
      (nth) => {
        if (nth < 5) throw Object.assign(new Error('no space left'), { code: 'ENOSPC', errno: -28, syscall: 'write' });
        return undefined;
      },
    ],
    [
      'says that another member has taken over',
      (nth) => {
        if (nth < 5) throw new VoorrangError('VRG_STORE_FENCED');
        return undefined;
      },
    ],
  ])('never parks when the handler %s: it comes again', async (_, answer) => {
    let tries = 0;
    const { seen, handle } = noting((by) => {
      if (by !== 'b') return undefined;
      tries += 1;
      return answer(tries - 1);
    });
    const { bus, parking } = await running(handle, { mode });
    await bus.publish([recordOf(1, 'a'), recordOf(1, 'b'), recordOf(1, 'c')]);
    await bus.settle();
    expect(tries).toBe(6);
    expect(await parking.list()).toEqual([]);
    expect([...new Set(seen)]).toEqual(['a', 'b', 'c']);
    await bus.close();
  });

  test('parks an event that trips a bug after 5 tries of it alone, and goes on with everybody else', async () => {
    let tries = 0;
    const { seen, handle } = noting((by) => {
      if (by === 'b') {
        tries += 1;
        throw new TypeError('cannot read properties of undefined');
      }
      return undefined;
    });
    const { bus, parking, told } = await running(handle, { mode });
    await bus.publish([recordOf(1, 'a'), recordOf(2, 'b'), recordOf(3, 'c'), recordOf(2, 'behind'), recordOf(1, 'd')]);
    await bus.settle();
    const parked = await parking.list('g');
    expect(parked.map(({ code }) => code)).toEqual(['VRG_INTERNAL', 'VRG_EVENT_KEY_BLOCKED']);
    expect(parked[0]?.reason).toBe('a bug (TypeError) stopped it 5 times');
    expect(told.map(({ record }) => record.offset)).toEqual([1, 3]);
    expect([...new Set(seen)].filter((by) => by !== 'behind')).toEqual(['a', 'c', 'd']);
    expect(tries).toBeGreaterThanOrEqual(5);
    expect(tries).toBeLessThanOrEqual(10);
    await bus.close();
  });

  test('does not park an event whose bug passes in time, nor counts tries of others for it', async () => {
    const tries: Record<string, number> = {};
    const { handle } = noting((by) => {
      tries[by] = (tries[by] ?? 0) + 1;
      if (tries[by] <= 2 && by.startsWith('slow')) throw new TypeError('not yet');
      return undefined;
    });
    const { bus, parking } = await running(handle, { mode });
    await bus.publish(Array.from({ length: 8 }, (_, n) => recordOf(n % 2, `slow${n}`)));
    await bus.settle();
    expect(await parking.list()).toEqual([]);
    await bus.close();
  });

  test('shows a handler that keeps failing as stalled, and as running when it no longer does', async () => {
    let healthy = false;
    const { handle } = noting(() => {
      if (!healthy) throw new VoorrangError('VRG_SQL_UNAVAILABLE');
      return undefined;
    });
    const { bus, subscription } = await running(handle, { mode });
    await bus.publish([recordOf(1, 'a')]);
    await eventually('stalled', () => subscription.state.status === 'stalled', 5_000);
    expect(subscription.state.error?.code).toBe('VRG_SQL_UNAVAILABLE');
    healthy = true;
    await bus.settle();
    expect(subscription.state.status).toBe('running');
    await bus.close();
  });

  test('keeps a key blocked over a restart until an operator releases it', async () => {
    const { seen, handle } = noting();
    const first = await running(handle, { mode });
    await first.bus.publish([undecodable(1)]);
    await first.bus.settle();
    await first.subscription.stop();
    await running(handle, { mode, bus: first.bus, parking: first.parking });
    await first.bus.publish([recordOf(1, 'still behind'), recordOf(2, 'other')]);
    await first.bus.settle();
    expect(seen).toEqual(['other']);
    expect(await first.parking.release('g', keyOf(1))).toHaveLength(2);
    await first.bus.publish([recordOf(1, 'free again')]);
    await first.bus.settle();
    expect(seen).toEqual(['other', 'free again']);
    await first.bus.close();
  });

  test('waits when a message cannot be parked: nothing is lost', async () => {
    const store = memoryParkingStore();
    let down = true;
    const parking = {
      ...store,
      park: async (parked: ParkedRecord) => {
        if (down) throw new VoorrangError('VRG_SQL_UNAVAILABLE');
        await store.park(parked);
      },
    };
    const { seen, handle } = noting();
    const { bus, subscription } = await running(handle, { mode, parking });
    await bus.publish([undecodable(1), recordOf(2, 'after')]);
    await eventually('stalled', () => subscription.state.status === 'stalled', 5_000);
    down = false;
    await bus.settle();
    expect(await store.list('g')).toHaveLength(1);
    expect(seen).toEqual(['after']);
    await bus.close();
  });
});

describe('the consumer runner', () => {
  test('in batch mode tells positions also for batches without events, so that a projection reaches the head', async () => {
    const positions: Record<string, number> = {};
    const { bus } = await running(
      async (_, context) => {
        Object.assign(positions, context.positions);
        return ack();
      },
      { mode: 'batch', startAt: async () => ({}) },
    );
    await bus.publish([recordOf(1, 'a'), ofUnknownType(1), undecodable(2)]);
    await bus.settle();
    expect(positions).toEqual(await bus.heads(['reading']));
    await bus.close();
  });

  test('in each mode tells the position after the one event, and hands over what carried it', async () => {
    const told: unknown[] = [];
    const { bus } = await running(async (events, { positions, records }) => {
      told.push([events.map(byOf), positions, records.map(({ offset }) => offset)]);
      return ack();
    });
    await bus.publish([recordOf(1, 'a'), ofUnknownType(1), recordOf(1, 'b')]);
    await bus.settle();
    expect(told).toEqual([
      [['a'], { 'reading/0': 1 }, [0]],
      [['b'], { 'reading/0': 3 }, [2]],
    ]);
    await bus.close();
  });

  test('does not repeat what a rejected batch had already done', async () => {
    let refusals = 3;
    const { seen, handle } = noting((by) => {
      if (by === '19' && refusals > 0) {
        refusals -= 1;
        throw new VoorrangError('VRG_SQL_UNAVAILABLE');
      }
      return undefined;
    });
    const { bus } = await running(handle);
    await bus.publish(Array.from({ length: 20 }, (_, n) => recordOf(n % 3, String(n))));
    await bus.settle();
    expect(seen).toEqual([...Array.from({ length: 19 }, (_, n) => String(n)), '19']);
    await bus.close();
  });

  test('wraps each call in the hook of the telemetry', async () => {
    const spans: (string | undefined)[] = [];
    const { handle } = noting();
    const { bus } = await running(handle, {
      around: (records, work) => {
        spans.push(records[0]?.headers.traceparent);
        return work();
      },
    });
    await bus.publish([{ ...recordOf(1, 'a'), headers: { traceparent: '00-abc-def-01' } }]);
    await bus.settle();
    expect(spans).toEqual(['00-abc-def-01']);
    await bus.close();
  });

  test('on a hostile bus every event before a poison of its key is handled in order, and none behind it', async () => {
    const publishes = fc.array(
      fc.record({ study: fc.nat(4), poison: fc.nat(9).map((n) => n === 0), fail: fc.nat(5).map((n) => n === 0) }),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        publishes,
        fc.constantFrom('each' as const, 'batch' as const),
        async (seed, plan, mode) => {
          const seen: string[] = [];
          const failed = new Set<string>();
          const failing = new Set(plan.flatMap(({ fail }, n) => (fail ? [String(n)] : [])));
          const bus = new HostileBus({ seed });
          const handle: EventHandler = async (events) => {
            for (const by of events.map(byOf)) {
              if (failing.has(by) && !failed.has(by)) {
                failed.add(by);
                throw new Error('once');
              }
              seen.push(by);
            }
            return ack();
          };
          const { parking } = await running(handle, { bus, mode });
          for (const [n, { study, poison }] of plan.entries())
            await bus.publish([poison ? undecodable(study) : recordOf(study, String(n))]);
          await bus.settle();
          const blocked = await parking.blockedKeys('g');
          for (let study = 0; study < 5; study += 1) {
            const mine = plan.map((each, n) => ({ ...each, by: String(n) })).filter((each) => each.study === study);
            const poisonAt = mine.findIndex(({ poison }) => poison);
            const expected = mine.slice(0, poisonAt < 0 ? undefined : poisonAt).map(({ by }) => by);
            const behind = poisonAt < 0 ? [] : mine.slice(poisonAt).map(({ by }) => by);
            expect([...new Set(seen)].filter((by) => expected.includes(by))).toEqual(expected);
            expect(seen.filter((by) => behind.includes(by))).toEqual([]);
            expect(blocked.has(keyOf(study))).toBe(poisonAt >= 0);
          }
          await bus.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('a partition that does not get on is told once with its reason, and once that it goes on', async () => {
  const told: string[] = [];
  let failures = 5;
  const { bus } = await running(
    async () => {
      failures -= 1;
      if (failures >= 0) throw new VoorrangError('VRG_SQL_UNAVAILABLE');
      return [ack()];
    },
    {
      logger: {
        info: (message) => told.push(message),
        error: (message, error) => told.push(`${message}: ${error instanceof VoorrangError ? error.code : 'unknown'}`),
      },
    },
  );
  await bus.publish([recordOf(1, 'a')]);
  await bus.settle();
  expect(told).toEqual([
    'a partition waits: its events fail again and again: VRG_SQL_UNAVAILABLE',
    'a partition goes on',
  ]);
  await bus.close();
});
