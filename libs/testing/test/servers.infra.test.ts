import { expect, test } from '@jest/globals';
import { describeWith, describeWithOwn, sharedKafka, sharedPostgres, sharedRedis, waitUntil } from '@voorrang/testing';
import { kafkaAnswers, postgresAnswers, redisAnswers } from '../src/infra/wire-probes.ts';

const portOf = (address: string): number => Number(/:(\d+)(?:\/|$)/.exec(address)?.[1]);

describeWith('shared servers', [await sharedKafka(), await sharedRedis(), await sharedPostgres()], (servers) => {
  test('answer their own protocols', async () => {
    const [kafka, redis, postgres] = servers;
    expect(await kafkaAnswers(portOf(kafka.address))).toBe(true);
    expect(await redisAnswers(portOf(redis.address))).toBe(true);
    expect(await postgresAnswers(portOf(postgres.address), 'voorrang')).toBe(true);
  });

  test('are not ours to kill', async () => {
    for (const server of servers) await expect(server.kill9()).rejects.toThrow('shared');
  });
});

await describeWithOwn('own servers', ['redis', 'postgres'], (server) => {
  test('fall silent while paused, are gone after kill -9, and come back at the same address', async () => {
    const redis = server('redis');
    const port = portOf(redis.address);
    await redis.pause();
    await expect(redisAnswers(port)).rejects.toThrow('no answer in time');
    await redis.resume();
    expect(await redisAnswers(port)).toBe(true);
    await redis.kill9();
    await expect(redisAnswers(port)).rejects.toThrow();
    await redis.restart();
    expect(await redisAnswers(port)).toBe(true);
  });

  test('PostgreSQL comes back after kill -9 of all its processes', async () => {
    const postgres = server('postgres');
    const port = portOf(postgres.address);
    await postgres.kill9();
    await waitUntil(
      () =>
        postgresAnswers(port, 'voorrang').then(
          () => false,
          () => true,
        ),
      { what: 'PostgreSQL to be gone' },
    );
    await postgres.restart();
    expect(await postgresAnswers(port, 'voorrang')).toBe(true);
  });
});
