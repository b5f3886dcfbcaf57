import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '@voorrang/testing';

describe('FakeClock', () => {
  test('wakes waits in order of their due time, each at its own instant', async () => {
    const clock = new FakeClock(1_000);
    const seen: string[] = [];
    const waiter = async (name: string, ms: number): Promise<void> => {
      await clock.wait(ms);
      seen.push(`${name}@${clock.now()}`);
    };
    void waiter('late', 500);
    void waiter('early', 100);
    void waiter('same', 100);
    await clock.advance(499);
    expect(seen).toEqual(['early@1100', 'same@1100']);
    await clock.advance(1);
    expect(seen).toEqual(['early@1100', 'same@1100', 'late@1500']);
  });

  test('wakes a wait that is begun on the way', async () => {
    const clock = new FakeClock(0);
    const ticks: number[] = [];
    void (async () => {
      for (let tick = 0; tick < 3; tick += 1) {
        await clock.wait(10);
        ticks.push(clock.now());
      }
    })();
    await clock.advance(35);
    expect(ticks).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
    expect(clock.pending).toBe(0);
  });

  test('an aborted wait resolves at once and is forgotten', async () => {
    const clock = new FakeClock(0);
    const stop = new AbortController();
    const waited = clock.wait(1_000, stop.signal);
    expect(clock.nextDue).toBe(1_000);
    stop.abort();
    await waited;
    expect(clock.pending).toBe(0);
    expect(clock.now()).toBe(0);
  });
});
