import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Topic } from '@voorrang/contracts';
import type { EventBus, OutgoingRecord, Positions, SubscribeOptions, Subscription } from '../ports.ts';
import { positionKey } from '../ports.ts';
import { eventually } from './eventually.ts';
import { Recorder } from './recorder.ts';

/** One log to open buses on. What was published through one bus must be there for the next. */
export type BusHarness = {
  /** Opens a bus on the data of this harness; the suite closes it before it opens the next. */
  open(): Promise<EventBus>;
  /** Removes the data. Called once, after every bus is closed. */
  dispose(): Promise<void>;
};

export type BusContractOptions = {
  /** How long one wait may take; Kafka groups need seconds to form. Default 10 000 ms. */
  readonly deadlineMs?: number;
  /** The adapter redelivers on purpose and runs zombies: laws that say what is *not* delivered are left out. */
  readonly redelivers?: boolean;
};

/**
 * The laws of `EventBus`, for every adapter. `suffix` is unique per test: an adapter whose topics outlive a test puts it into their names.
 * No law assumes that a subscription is active when `subscribe` resolves, nor which partition a key goes to.
 */
export function busContract(
  name: string,
  factory: (options: { readonly suffix: string }) => Promise<BusHarness>,
  options: BusContractOptions = {},
): void {
  const deadlineMs = options.deadlineMs ?? 10_000;
  const exact = !options.redelivers;

  describe(`the bus contract: ${name}`, () => {
    let harness: BusHarness;
    let bus: EventBus;
    let group: string;
    let opened: EventBus[];
    let subscriptions: Subscription[];

    const open = async (): Promise<EventBus> => {
      const next = await harness.open();
      opened.push(next);
      return next;
    };
    const close = async (which: EventBus): Promise<void> => {
      opened = opened.filter((other) => other !== which);
      await which.close();
    };
    const subscribe = async (on: EventBus, more: Partial<SubscribeOptions> & Pick<SubscribeOptions, 'handler'>) => {
      const subscription = await on.subscribe({ group, topics: ['imaging'], startAt: 'committed', ...more });
      subscriptions.push(subscription);
      return subscription;
    };
    const has = (recorder: Recorder, values: readonly string[]) =>
      eventually(`${values.length} records`, () => recorder.hasAll(values), deadlineMs);

    beforeEach(async () => {
      const suffix = `${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}`;
      group = `contract-${suffix}`;
      opened = [];
      subscriptions = [];
      harness = await factory({ suffix });
      bus = await open();
    }, deadlineMs * 4);

    afterEach(async () => {
      for (const subscription of subscriptions) await subscription.stop();
      for (const each of opened) await each.close();
      await harness.dispose();
    }, deadlineMs * 4);

    const law = (text: string, body: () => Promise<void>) => test(text, body, deadlineMs * 6);

    law('every published record reaches every group, with topic, key, value and headers', async () => {
      const first = new Recorder();
      const second = new Recorder();
      await bus.publish([record('imaging', 'k1', 'early', { traceparent: '00-aa-bb-01' })]);
      await subscribe(bus, { handler: first.handler });
      await subscribe(bus, { group: `${group}-other`, handler: second.handler });
      await bus.publish([record('imaging', 'k2', 'late')]);
      await has(first, ['early', 'late']);
      await has(second, ['early', 'late']);
      const early = first.find('early');
      expect([early?.topic, early?.key, early?.headers.traceparent]).toEqual(['imaging', 'k1', '00-aa-bb-01']);
      expect(first.find('late')?.headers).toEqual({});
    });

    law('a group gets the topics it asked for and no other', async () => {
      const recorder = new Recorder();
      await subscribe(bus, { topics: ['imaging', 'results'], handler: recorder.handler });
      await bus.publish([
        record('orders', 'o', 'not for us'),
        record('results', 'k', 'r'),
        record('imaging', 'k', 'i'),
      ]);
      await has(recorder, ['r', 'i']);
      expect(recorder.values()).not.toContain('not for us');
    });

    law('records of one key keep their order, within a publish, over publishes and over batches', async () => {
      const recorder = new Recorder();
      await subscribe(bus, { handler: recorder.handler, maxBatch: 7 });
      const keys = ['a', 'b', 'c', 'd', 'e'];
      for (let round = 0; round < 10; round += 1) {
        await bus.publish(
          keys.flatMap((key) => [0, 1, 2].map((n) => record('imaging', key, numbered(key, round * 3 + n)))),
        );
      }
      for (const key of keys) {
        const expected = Array.from({ length: 30 }, (_, n) => numbered(key, n));
        await has(recorder, expected);
        expect(recorder.firstDeliveries(key)).toEqual(expected);
      }
    });

    law('offsets grow with the order of one partition, and one record keeps its offset', async () => {
      const recorder = new Recorder();
      await subscribe(bus, { handler: recorder.handler });
      const values = Array.from({ length: 40 }, (_, n) => numbered('x', n));
      await bus.publish(values.map((value) => record('imaging', 'x', value)));
      await has(recorder, values);
      const offsets = values.map((value) => recorder.find(value)?.offset ?? -1);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      expect(new Set(offsets).size).toBe(values.length);
    });

    law('a batch holds records of one partition, at most maxBatch of them', async () => {
      const recorder = new Recorder();
      await subscribe(bus, { topics: ['imaging', 'orders'], handler: recorder.handler, maxBatch: 5 });
      const values = Array.from({ length: 30 }, (_, n) => numbered('m', n));
      await bus.publish(values.map((value, n) => record(n % 2 ? 'imaging' : 'orders', `m${n % 4}`, value)));
      await has(recorder, values);
      for (const { records, context } of recorder.batches) {
        expect(records.length).toBeLessThanOrEqual(5);
        expect(new Set(records.map((each) => positionKey(each.topic, each.partition)))).toEqual(
          new Set([context.partitionKey]),
        );
      }
    });

    law('concurrent publishers all get through, each in its own order', async () => {
      const recorder = new Recorder();
      await subscribe(bus, { handler: recorder.handler });
      const writers = Array.from({ length: 8 }, (_, writer) => `w${writer}`);
      await Promise.all(
        writers.map(async (key) => {
          for (let n = 0; n < 15; n += 1) await bus.publish([record('imaging', key, numbered(key, n))]);
        }),
      );
      for (const key of writers) {
        const expected = Array.from({ length: 15 }, (_, n) => numbered(key, n));
        await has(recorder, expected);
        expect(recorder.firstDeliveries(key)).toEqual(expected);
      }
    });

    law('a record of 900 KB travels unharmed', async () => {
      const recorder = new Recorder();
      const big = new Uint8Array(900 * 1024).map((_, at) => (at * 31) & 0xff);
      await subscribe(bus, { handler: recorder.handler });
      await bus.publish([{ topic: 'imaging', key: 'big', value: big }, record('imaging', 'big', 'after')]);
      await has(recorder, ['after']);
      const received = recorder.records().find((each) => each.value.length === big.length);
      expect(Buffer.compare(received?.value ?? new Uint8Array(), big)).toBe(0);
    });

    law('what a handler rejects comes again until it is taken, and nothing of the key overtakes it', async () => {
      let refusals = 2;
      const recorder = new Recorder((records) => {
        if (records.some((each) => textOf(each.value) === numbered('r', 3)) && refusals > 0) {
          refusals -= 1;
          throw new Error('not now');
        }
      });
      const subscription = await subscribe(bus, { handler: recorder.handler, maxBatch: 2 });
      const values = Array.from({ length: 8 }, (_, n) => numbered('r', n));
      await bus.publish(values.map((value) => record('imaging', 'r', value)));
      await has(recorder, values);
      expect(refusals).toBe(0);
      expect(recorder.firstDeliveries('r')).toEqual(values);
      await eventually('running again', () => subscription.state.status === 'running', deadlineMs);
    });

    law('caughtUp resolves when what was durable at the call has been handled', async () => {
      const recorder = new Recorder();
      const values = Array.from({ length: 50 }, (_, n) => numbered(`c${n % 3}`, n));
      await bus.publish(values.map((value, n) => record('imaging', `c${n % 3}`, value)));
      const subscription = await subscribe(bus, { handler: recorder.handler });
      await subscription.caughtUp();
      expect(recorder.hasAll(values)).toBe(true);
    });

    law('caughtUp of an empty topic resolves', async () => {
      const subscription = await subscribe(bus, { topics: ['consult'], handler: new Recorder().handler });
      await subscription.caughtUp();
    });

    law('a group goes on where it stopped, and misses nothing published meanwhile', async () => {
      const before = new Recorder();
      const first = await subscribe(bus, { handler: before.handler });
      const old = Array.from({ length: 20 }, (_, n) => numbered('s', n));
      await bus.publish(old.map((value) => record('imaging', 's', value)));
      await first.caughtUp();
      await first.stop();
      expect(first.state.status).toBe('stopped');
      await bus.publish([record('imaging', 's', 'meanwhile')]);
      const after = new Recorder();
      await subscribe(bus, { handler: after.handler });
      await has(after, ['meanwhile']);
      if (exact) expect(after.values()).toEqual(['meanwhile']);
    });

    law('a stopped subscription gets nothing more', async () => {
      const recorder = new Recorder();
      const subscription = await subscribe(bus, { handler: recorder.handler });
      await bus.publish([record('imaging', 's', 'one')]);
      await has(recorder, ['one']);
      await subscription.stop();
      const seen = recorder.batches.length;
      await bus.publish([record('imaging', 's', 'two')]);
      const witness = new Recorder();
      await subscribe(bus, { group: `${group}-witness`, handler: witness.handler });
      await has(witness, ['two']);
      expect(recorder.batches.length).toBe(seen);
    });

    law('everything is there after the bus is closed and opened again, and groups go on', async () => {
      const before = new Recorder();
      const first = await subscribe(bus, { handler: before.handler });
      await bus.publish([record('imaging', 's', 'one'), record('orders', 's', 'other topic')]);
      await has(before, ['one']);
      await first.caughtUp();
      await first.stop();
      await bus.publish([record('imaging', 's', 'two')]);
      await close(bus);
      bus = await open();
      const sameGroup = new Recorder();
      const newGroup = new Recorder();
      await subscribe(bus, { handler: sameGroup.handler });
      await subscribe(bus, { group: `${group}-new`, topics: ['imaging', 'orders'], handler: newGroup.handler });
      await has(sameGroup, ['two']);
      await has(newGroup, ['one', 'two', 'other topic']);
      if (exact) expect(sameGroup.values()).toEqual(['two']);
    });

    law('a projection starts at its own positions, whatever the group committed', async () => {
      const values = Array.from({ length: 12 }, (_, n) => numbered('p', n));
      await bus.publish(values.map((value) => record('imaging', 'p', value)));
      const first = new Recorder();
      const committed = await subscribe(bus, { handler: first.handler });
      await committed.caughtUp();
      await committed.stop();
      const fifth = first.find(numbered('p', 5));
      if (fifth === undefined) throw new Error('the fifth record was not delivered');
      const positions: Positions = { [positionKey(fifth.topic, fifth.partition)]: fifth.offset };
      const projection = new Recorder();
      const subscription = await subscribe(bus, { startAt: async () => positions, handler: projection.handler });
      await subscription.caughtUp();
      expect(projection.hasAll(values.slice(5))).toBe(true);
      if (exact) expect(projection.values()).toEqual(values.slice(5));
      await subscription.stop();
      const again = new Recorder();
      const rebuild = await subscribe(bus, { startAt: async () => ({}), handler: again.handler });
      await rebuild.caughtUp();
      expect(again.firstDeliveries('p')).toEqual(values);
    });

    law('heads are the positions after the last durable record', async () => {
      const topics: readonly Topic[] = ['imaging', 'orders'];
      await bus.publish([record('imaging', 'h', 'before'), record('orders', 'h', 'before')]);
      const heads = await bus.heads(topics);
      const recorder = new Recorder();
      const subscription = await subscribe(bus, { topics, startAt: async () => heads, handler: recorder.handler });
      await subscription.caughtUp();
      if (exact) expect(recorder.values()).toEqual([]);
      await bus.publish([record('imaging', 'h', 'after')]);
      await has(recorder, ['after']);
      const after = recorder.find('after');
      if (after === undefined) throw new Error('unreachable');
      const key = positionKey(after.topic, after.partition);
      expect(after.offset).toBeGreaterThanOrEqual(heads[key] ?? 0);
      const later = await bus.heads(topics);
      expect(later[key]).toBeGreaterThan(after.offset);
    });

    law(
      'of two members of a group one handles a partition at a time, and together they handle everything',
      async () => {
        const recorder = new Recorder(() => new Promise((resolve) => setTimeout(resolve, 1)));
        const one = await subscribe(bus, { handler: recorder.handler, maxBatch: 3 });
        const publish = async (from: number) => {
          const values = Array.from({ length: 30 }, (_, n) => numbered('t', from + n));
          await bus.publish(values.map((value, n) => record('imaging', `t${n % 5}`, value)));
          return values;
        };
        const first = await publish(0);
        await has(recorder, first.slice(0, 1));
        await subscribe(bus, { handler: recorder.handler, maxBatch: 3 });
        const second = await publish(30);
        await has(recorder, [...first, ...second]);
        await one.stop();
        await has(recorder, await publish(60));
        if (exact) expect(recorder.overlaps).toBe(0);
      },
    );

    law('publishing nothing does nothing, and a healthy bus says so', async () => {
      await bus.publish([]);
      expect(bus.health.ok).toBe(true);
    });
  });
}

const record = (topic: Topic, key: string, text: string, headers?: Record<string, string>): OutgoingRecord => ({
  topic,
  key,
  value: Buffer.from(text),
  ...(headers === undefined ? {} : { headers }),
});
const numbered = (key: string, n: number): string => `${key}-${String(n).padStart(4, '0')}`;
const textOf = (value: Uint8Array): string => Buffer.from(value).toString();
