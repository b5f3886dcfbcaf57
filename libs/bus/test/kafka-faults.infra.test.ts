import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@voorrang/kernel';
import { describeWithOwn, waitUntil } from '@voorrang/testing';
import { type KafkaBus, kafkaBus } from '../src/kafka/index.ts';
import type { OutgoingRecord } from '../src/ports.ts';
import { Recorder } from '../src/testing/index.ts';

const record = (key: string, text: string): OutgoingRecord => ({ topic: 'results', key, value: Buffer.from(text) });

await describeWithOwn('Kafka faults', ['kafka'], (server) => {
  let bus: KafkaBus;
  let run = 0;

  beforeEach(() => {
    run += 1;
    bus = kafkaBus({
      brokers: [server('kafka').address],
      clientId: 'faults',
      clock: systemClock(),
      onWarn: () => {},
      topicPrefix: `faults${run}.`,
      partitions: 3,
      timing: {
        sessionTimeoutMs: 2_000,
        rebalanceTimeoutMs: 2_000,
        heartbeatIntervalMs: 300,
        requestTimeoutMs: 2_000,
        stalledAfterMs: 3_000,
        maxBackoffMs: 1_000,
      },
    });
  });
  afterEach(() => bus.close(), 60_000);

  /** Publishes until it is taken, as the relay of a spool does: what was refused or is unknown is sent again. */
  const publishForSure = (value: string): Promise<true> =>
    waitUntil(() => bus.publish([record(`k${value.length % 3}`, value)]).then(() => true as const), {
      what: `${value} to be taken`,
      deadlineMs: 60_000,
    });

  test('a broker that is killed and comes back loses nothing, and consumers go on by themselves', async () => {
    const recorder = new Recorder();
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['results'],
      startAt: 'committed',
      handler: recorder.handler,
    });
    const before = Array.from({ length: 50 }, (_, n) => `before-${n}`);
    for (const value of before) await publishForSure(value);
    await waitUntil(() => recorder.hasAll(before), { what: 'everything from before the kill' });

    await server('kafka').kill9();
    await expect(bus.publish([record('k', 'into the void')])).rejects.toMatchObject({ name: 'VoorrangError' });
    expect(bus.health.ok).toBe(false);
    await waitUntil(() => subscription.state.status === 'stalled', {
      what: 'the subscription to say so',
      deadlineMs: 20_000,
    });
    await server('kafka').restart();

    const after = Array.from({ length: 50 }, (_, n) => `after-${n}`);
    for (const value of after) await publishForSure(value);
    await waitUntil(() => recorder.hasAll(after), { what: 'everything from after the restart', deadlineMs: 60_000 });
    await waitUntil(() => subscription.state.status === 'running' && bus.health.ok, {
      what: 'health',
      deadlineMs: 20_000,
    });
    await subscription.caughtUp();
  }, 120_000);

  test('a broker that stops answering makes the subscription stalled, and it goes on when the broker does', async () => {
    const recorder = new Recorder();
    const subscription = await bus.subscribe({
      group: 'g',
      topics: ['results'],
      startAt: 'committed',
      handler: recorder.handler,
    });
    await publishForSure('one');
    await waitUntil(() => recorder.hasAll(['one']), { what: 'the first record' });

    await server('kafka').pause();
    const refused = bus.publish([record('k', 'no answer')]).then(
      () => undefined,
      (error: unknown) => error,
    );
    await waitUntil(() => subscription.state.status === 'stalled', { what: 'the watchdog', deadlineMs: 20_000 });
    expect(await refused).toMatchObject({ code: 'VRG_BUS_PUBLISH_UNKNOWN', kind: 'ambiguous' });
    await server('kafka').resume();

    await publishForSure('two');
    await waitUntil(() => recorder.hasAll(['two']), { what: 'the second record', deadlineMs: 60_000 });
    await waitUntil(() => subscription.state.status === 'running', { what: 'running', deadlineMs: 20_000 });
  }, 120_000);

  test('a projection that was cut off asks for its positions again and misses nothing', async () => {
    const positions: Record<string, number> = {};
    const recorder = new Recorder((records) => {
      for (const { topic, partition, offset } of records) positions[`${topic}/${partition}`] = offset + 1;
    });
    let asked = 0;
    const startAt = async () => {
      asked += 1;
      return { ...positions };
    };
    const subscription = await bus.subscribe({ group: 'p', topics: ['results'], startAt, handler: recorder.handler });
    for (let n = 0; n < 20; n += 1) await publishForSure(`p-${n}`);
    await subscription.caughtUp();
    const askedBefore = asked;
    await server('kafka').kill9();
    await server('kafka').restart();
    for (let n = 20; n < 40; n += 1) await publishForSure(`p-${n}`);
    const all = Array.from({ length: 40 }, (_, n) => `p-${n}`);
    await waitUntil(() => recorder.hasAll(all), { what: 'all records', deadlineMs: 60_000 });
    await waitUntil(() => asked > askedBefore, { what: 'the positions to be asked again' });
  }, 120_000);

  test('a member whose handler outlives its session is a zombie: its signal aborts, and another member goes on', async () => {
    let release: () => void = () => {};
    let zombieAborted = false;
    const zombie = kafkaBus({
      brokers: [server('kafka').address],
      clientId: 'zombie',
      clock: systemClock(),
      onWarn: () => {},
      topicPrefix: `faults${run}.`,
      partitions: 3,
      timing: { sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300, rebalanceTimeoutMs: 2_000, requestTimeoutMs: 2_000 },
    });
    const stuck = await zombie.subscribe({
      group: 'z',
      topics: ['results'],
      startAt: 'committed',
      handler: (_records, { signal }) =>
        new Promise((resolve) => {
          release = resolve;
          signal.addEventListener('abort', () => {
            zombieAborted = true;
          });
        }),
    });
    await publishForSure('z');
    await waitUntil(() => stuck.state.status === 'running', { what: 'the zombie to join', deadlineMs: 20_000 });
    const recorder = new Recorder();
    await bus.subscribe({ group: 'z', topics: ['results'], startAt: 'committed', handler: recorder.handler });
    await waitUntil(() => recorder.hasAll(['z']), { what: 'the other member to take over', deadlineMs: 30_000 });
    expect(zombieAborted).toBe(true);
    release();
    await zombie.close();
  }, 60_000);

  test('a topic that would lose records is refused by name', async () => {
    await bus.prepare();
    const stricter = kafkaBus({
      brokers: [server('kafka').address],
      clientId: 'strict',
      clock: systemClock(),
      onWarn: () => {},
      topicPrefix: `faults${run}.`,
      minInsyncReplicas: 2,
    });
    await expect(stricter.prepare()).rejects.toMatchObject({
      code: 'VRG_BUS_TOPIC_MISCONFIGURED',
      message: expect.stringContaining(`faults${run}.results: min.insync.replicas is 1`),
    });
    await stricter.close();
  });
});
