import { rm } from 'node:fs/promises';
import { systemClock } from '@voorrang/kernel';
import { makeEvening } from '../demo/evening.ts';
import { startPhone } from '../demo/phone.ts';
import { play } from '../demo/play.ts';
import { seededRandom } from '../demo/seeded-random.ts';
import { complain, say } from './say.ts';
import { run } from './start.ts';

const dataDirectory = './data/demo';

/** `demo [--speed N] [--seed N]`: starts with fresh data, sped up, and plays a synthetic evening through the real ports. Goes on serving afterwards. */
export async function demo(args: readonly string[]): Promise<number> {
  const speed = option(args, '--speed', 60);
  const seed = option(args, '--seed', 20261123);
  if (!(speed > 0 && speed <= 10_000) || !Number.isInteger(seed)) {
    complain('usage: voorrang demo [--speed 0.01..10000] [--seed N]');
    return 2;
  }
  await rm(dataDirectory, { recursive: true, force: true });
  const origin = Date.now();
  const phone = await startPhone(say);
  const environment = {
    VOORRANG_ALERT_WEBHOOK_URL: phone.url,
    VOORRANG_DATA_DIR: dataDirectory,
    ...process.env,
    VOORRANG_TIME_SCALE: String(speed),
    VOORRANG_TIME_ORIGIN: new Date(origin).toISOString(),
  };
  const evening = makeEvening(seededRandom(seed), `1.2.826.0.1.3680043.10.999.${origin}`);
  const code = await run([], environment, async (ports, signal) => {
    say(`a synthetic evening of 40 studies, ${speed} times as fast as real time`);
    await play(evening, ports, systemClock(speed, origin), say, signal);
    if (!signal.aborted) say('the evening is over; the lists stay, Ctrl-C ends');
  });
  await phone.close();
  return code;
}

const option = (args: readonly string[], name: string, fallback: number): number => {
  const at = args.indexOf(name);
  return at === -1 ? fallback : Number(args[at + 1]);
};
