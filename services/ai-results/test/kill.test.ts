import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { type TempDirectory, tempDirectory } from '@voorrang/testing';
import { openWorld } from './open-world.ts';
import { run } from './world.ts';

const program = fileURLToPath(new URL('./kill/service.ts', import.meta.url));

/** The process that died may hold the right to publish for that long. */
const outboxLeaseMs = 11_000;

/** Runs the service in a process of its own until it kills itself; gives what it had answered. */
const killedAt = (directory: TempDirectory, point: string, scenario: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const args = ['--no-warnings', program, directory.path, point, scenario];
    execFile(process.execPath, args, { timeout: 15_000, killSignal: 'SIGTERM' }, (error, stdout) =>
      error?.signal === 'SIGKILL' ? resolve(stdout.trim()) : reject(error ?? new Error('it was not killed')),
    );
  });

test.each([
  ['sql.transaction.before-commit', '', 202],
  ['sql.transaction.committed', '', 200],
  ['wire.http.before-answer', '', 200],
  ['journal.append.written', '202', 200],
  ['journal.append.synced', '202', 200],
  ['outbox.relay.published', '202', 200],
])('a run is told exactly once to readers that know ids, after a kill at %s', async (point, answered, again) => {
  const directory = await tempDirectory();
  const told = await killedAt(directory, point, 'post');
  // The relay works beside the answer: it may have been on its way when the process died behind the commit.
  expect([answered, '']).toContain(told);
  const { world, clock } = await openWorld({ directory, now: Date.now() });
  try {
    await clock.advance(outboxLeaseMs);
    expect((await world.post(run())).status).toBe(again);
    await world.expect('run.recorded', 1);
    await world.post(run({ resultId: 'vendor:2' }));
    await world.expect('run.recorded', 2);
  } finally {
    await world.close();
  }
});

test.each([
  'sql.transaction.before-commit:1',
  'sql.transaction.committed:1',
  'sql.transaction.before-commit:2',
  'sql.transaction.committed:2',
])('an overdue run is told exactly once, after a kill at %s', async (point) => {
  const directory = await tempDirectory();
  await killedAt(directory, point, 'overdue');
  const { world, clock } = await openWorld({ directory, now: Date.now() });
  try {
    await clock.advance(outboxLeaseMs);
    const [expected] = await world.expect('run.expected', 1);
    expect(await world.expect('run.overdue', 1)).toEqual([expected]);
    await clock.advance(60_000);
    expect(await world.figures('example-ich')).toMatchObject({ waiting: 0, overdueLastDay: 1 });
  } finally {
    await world.close();
  }
});
