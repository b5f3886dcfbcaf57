import { afterEach, expect, test } from '@jest/globals';
import { hours, seconds } from '@voorrang/kernel';
import { silentLogger } from '@voorrang/platform';
import { FakeClock } from '@voorrang/testing';
import { type DueLoop, startDueLoop } from './due-loop.ts';

let loop: DueLoop | undefined;
afterEach(() => loop?.stop());

/** Due times in a list: what stands in for the stored ones. */
function given(clock: FakeClock) {
  const due: number[] = [];
  const ran: number[] = [];
  let away = false;
  return {
    due,
    ran,
    outage: (on: boolean) => {
      away = on;
    },
    options: {
      name: 'test',
      clock,
      logger: silentLogger,
      nextDueAt: async () => {
        if (away) throw new Error('the database is away');
        return due.toSorted((a, b) => a - b)[0];
      },
      runDue: async (now: number) => {
        for (const at of due.filter((each) => each <= now)) {
          due.splice(due.indexOf(at), 1);
          ran.push(at);
        }
      },
    },
  };
}

test('what is due runs at its instant, not before', async () => {
  const clock = new FakeClock(0);
  const { due, ran, options } = given(clock);
  due.push(seconds(5));
  loop = startDueLoop(options);
  await clock.advance(seconds(5) - 1);
  expect(ran).toEqual([]);
  await clock.advance(1);
  expect(ran).toEqual([seconds(5)]);
});

test('what is stored later and due at once runs at the nudge, without waiting', async () => {
  const clock = new FakeClock(0);
  const { due, ran, options } = given(clock);
  loop = startDueLoop(options);
  await clock.advance(10);
  due.push(10);
  loop.nudge();
  await clock.advance(0);
  expect(ran).toEqual([10]);
});

test('what another instance stores is found without a nudge', async () => {
  const clock = new FakeClock(0);
  const { due, ran, options } = given(clock);
  loop = startDueLoop(options);
  await clock.advance(10);
  due.push(10);
  await clock.advance(seconds(1));
  expect(ran).toEqual([10]);
});

test('an outage delays what is due, shows in health, and ends by itself', async () => {
  const clock = new FakeClock(0);
  const { due, ran, outage, options } = given(clock);
  due.push(seconds(5));
  loop = startDueLoop(options);
  await clock.advance(seconds(4));
  outage(true);
  await clock.advance(seconds(20));
  expect([ran, loop.health().ok]).toEqual([[], false]);
  outage(false);
  await clock.advance(seconds(6));
  expect([ran, loop.health()]).toEqual([[seconds(5)], { ok: true, detail: 'on time' }]);
});

test('work that stays undone more than 30 s after its due time is told by health', async () => {
  const clock = new FakeClock(0);
  const { due, options } = given(clock);
  due.push(seconds(5));
  loop = startDueLoop({ ...options, lease: { take: async () => false, giveUp: async () => undefined } });
  await clock.advance(seconds(34));
  expect(loop.health().ok).toBe(true);
  await clock.advance(seconds(3));
  expect(loop.health()).toEqual({ ok: false, detail: 'overdue by 32 s' });
});

test('what is to be done at once is late only when it stays undone, as while another instance is at it', async () => {
  const clock = new FakeClock(hours(1));
  const { due, options } = given(clock);
  due.push(0);
  loop = startDueLoop({ ...options, lease: { take: async () => false, giveUp: async () => undefined } });
  await clock.advance(seconds(29));
  expect(loop.health().ok).toBe(true);
  await clock.advance(seconds(3));
  expect(loop.health().ok).toBe(false);
});
