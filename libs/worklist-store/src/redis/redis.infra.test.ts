import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { describeWith, describeWithOwn, sharedRedis, waitUntil } from '@voorrang/testing';
import { Redis } from 'ioredis';
import type { StudyDocument, WorklistStore } from '../port.ts';
import { documentOf, worklistStoreContract } from '../testing/index.ts';
import { redisWorklistStore } from './index.ts';
import { keyNames } from './keys.ts';

const reading = { site: 'EX', list: 'reading' } as const;
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const open = (url: string, prefix: string, commandTimeoutMs = 15_000): WorklistStore => {
  const store = redisWorklistStore({ url, prefix, commandTimeoutMs });
  opened.push(store);
  return store;
};

const filled = async (store: WorklistStore, documents: readonly StudyDocument[], epoch = 'first'): Promise<number> => {
  const { fence } = await store.acquire();
  await store.beginRebuild(fence);
  await store.rebuild(fence, documents);
  expect((await store.finishRebuild(fence, {}, epoch)).kind).toBe('applied');
  return fence;
};

describeWith('Redis', [await sharedRedis()], ([redis]) => {
  worklistStoreContract('over Redis', async () => {
    const prefix = `test-${randomUUID()}:`;
    const store = redisWorklistStore({ url: redis.address, prefix });
    const client = new Redis(redis.address);
    const lose = async (): Promise<void> => {
      const keys = await client.keys(`${prefix}*`);
      if (keys.length > 0) await client.del(keys);
    };
    const end = async (): Promise<void> => {
      await store.close();
      await lose();
      client.disconnect();
    };
    return { store, lose, end };
  });

  test('readers of another process see what the writer wrote and are woken', async () => {
    const prefix = `test-${randomUUID()}:`;
    const writer = open(redis.address, prefix);
    const reader = open(redis.address, prefix);
    let calls = 0;
    reader.onChange(() => {
      calls += 1;
    });
    const fence = await filled(writer, [documentOf({ studyId: 'A' })]);
    expect(await reader.page(reading, 10)).toMatchObject({ epoch: 'first', total: 1 });
    await waitUntil(() => calls > 0, { what: 'the first wake-up' });
    const seen = calls;
    await writer.apply({
      fence,
      epoch: 'first',
      positions: {},
      changes: [{ kind: 'put', document: documentOf({ studyId: 'B' }) }],
    });
    await waitUntil(() => calls > seen, { what: 'a wake-up' });
  });

  test('the old generation leaves no keys behind', async () => {
    const prefix = `test-${randomUUID()}:`;
    const store = open(redis.address, prefix);
    const client = new Redis(redis.address);
    opened.push({ close: async () => client.disconnect() });
    await filled(store, [
      documentOf({ studyId: 'A', searchTokens: ['T1'] }),
      documentOf({ studyId: 'B', list: 'done' }),
    ]);
    const before = (await client.keys(`${prefix}*`)).length;
    await filled(store, [
      documentOf({ studyId: 'A', searchTokens: ['T1'] }),
      documentOf({ studyId: 'B', list: 'done' }),
    ]);
    expect(await client.keys(`${prefix}*`)).toHaveLength(before);
  });

  test('writes that a failover lost are told, not built upon', async () => {
    const prefix = `test-${randomUUID()}:`;
    const store = open(redis.address, prefix);
    const client = new Redis(redis.address);
    opened.push({ close: async () => client.disconnect() });
    const fence = await filled(store, []);
    const put = (studyId: string, offset: number) =>
      store.apply({
        fence,
        epoch: 'first',
        positions: { 'imaging/0': offset },
        changes: [{ kind: 'put', document: documentOf({ studyId }) }],
      });
    expect((await put('A', 1)).kind).toBe('applied');
    const before = await client.hgetall(keyNames(prefix).meta);
    expect((await put('B', 2)).kind).toBe('applied');
    await client.hset(keyNames(prefix).meta, before);
    expect(await put('C', 3)).toEqual({ kind: 'lost' });
  });
});

await describeWithOwn('Redis that fails', ['redis'], (server) => {
  test('answers at once that it is away, and goes on by itself when it is back', async () => {
    const store = open(server('redis').address, 'own:');
    const fence = await filled(store, [documentOf({ studyId: 'A' })]);
    expect(store.health.ok).toBe(true);
    await server('redis').kill9();
    await waitUntil(() => !store.health.ok, { what: 'the loss to be seen' });
    const startedAt = performance.now();
    for (let i = 0; i < 20; i += 1)
      await expect(store.page(reading, 10)).rejects.toMatchObject({ code: 'VRG_STORE_UNAVAILABLE', kind: 'transient' });
    await expect(store.beginRebuild(fence)).rejects.toMatchObject({ code: 'VRG_STORE_UNAVAILABLE' });
    expect(performance.now() - startedAt).toBeLessThan(500);

    await server('redis').restart({ empty: true });
    const page = await waitUntil(() => store.page(reading, 10), { what: 'Redis to be back' });
    expect(page).toMatchObject({ state: 'rebuilding', total: 0 });
    const lost = await waitUntil(() =>
      store.apply({ fence, epoch: 'first', positions: { 'imaging/0': 1 }, changes: [] }),
    );
    expect(lost).toEqual({ kind: 'lost' });
    expect((await store.acquire()).fence).toBeGreaterThan(fence);
    await filled(store, [documentOf({ studyId: 'A' })], 'second');
    expect(await store.page(reading, 10)).toMatchObject({ state: 'current', epoch: 'second', total: 1 });
    expect(store.health.ok).toBe(true);
  }, 30_000);

  test('that hangs is given up after the time-out of a command', async () => {
    const store = open(server('redis').address, 'own:', 300);
    await filled(store, [documentOf({ studyId: 'A' })]);
    await server('redis').pause();
    await expect(store.acquire()).rejects.toMatchObject({ code: 'VRG_STORE_UNAVAILABLE' });
    await server('redis').resume();
    await waitUntil(() => store.acquire(), { what: 'an answer' });
  }, 30_000);
});
