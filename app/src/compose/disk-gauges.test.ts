import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { seconds } from '@voorrang/kernel';
import { createMetrics } from '@voorrang/platform';
import { FakeClock, waitUntil } from '@voorrang/testing';
import { diskGauges } from './disk-gauges.ts';

const made: string[] = [];
afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** Gauges on a directory of their own, with the numbers that they show. */
async function measured(busBytes?: () => number) {
  const directory = await mkdtemp(join(tmpdir(), 'voorrang-disk-'));
  made.push(directory);
  const metrics = createMetrics();
  const clock = new FakeClock(0);
  const stop = diskGauges({ directory, metrics, clock, ...(busBytes === undefined ? {} : { busBytes }) });
  const shown = async (name: string): Promise<number | undefined> => {
    const value = new RegExp(`^${name} (.+)$`, 'm').exec(await metrics.text())?.[1];
    return value === undefined ? undefined : Number(value);
  };
  return { directory, clock, stop, shown };
}

test('the size of the log and the free room of the data directory are shown and follow', async () => {
  let bytes = 4_096;
  const { clock, stop, shown } = await measured(() => bytes);
  await waitUntil(async () => ((await shown('voorrang_data_free_bytes')) ?? 0) > 0);
  expect(await shown('voorrang_bus_bytes')).toBe(4_096);
  bytes = 8_192;
  await waitUntil(async () => {
    await clock.advance(seconds(10));
    return (await shown('voorrang_bus_bytes')) === 8_192;
  });
  await stop();
});

test('room that cannot be measured is not told as free', async () => {
  const { directory, clock, stop, shown } = await measured();
  await waitUntil(async () => ((await shown('voorrang_data_free_bytes')) ?? 0) > 0);
  await rm(directory, { recursive: true });
  await waitUntil(async () => {
    await clock.advance(seconds(10));
    return Number.isNaN(await shown('voorrang_data_free_bytes'));
  });
  expect(await shown('voorrang_bus_bytes')).toBeUndefined();
  await stop();
});
