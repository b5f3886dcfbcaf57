import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeInfrastructure } from '@voorrang/testing/infrastructure';
import { type JestResult, summarise } from './test-summary.ts';

/**
 * `npm test`: the whole suite. Arguments go to Jest (`npm test -- libs/bus`); `--pure` leaves out the tests that start servers.
 * The first line says what infrastructure there is, the last one how many tests passed, failed and were skipped.
 */
const args = process.argv.slice(2);
const pure = args.includes('--pure');
const graceMs = 20_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

print(pure ? 'test infrastructure: not used (--pure)' : await describeInfrastructure());

const directory = mkdtempSync(join(tmpdir(), 'voorrang-run-'));
const resultFile = join(directory, 'result.json');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const options = ['--json', '--outputFile', resultFile, '--silent=false', ...args.filter((arg) => arg !== '--pure')];
const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, ...options], {
  // Jest prints its report on standard error and, with --json, the result on standard output, which is read from the file.
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, ...(pure ? { VOORRANG_TEST_PURE: '1' } : {}) },
});
const closed = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 1)));
const leftOpen = await endWhenStuck();
const code = await closed;

// A runner that had to be ended has no exit code of its own; its result says what failed.
const summary = summarise(readResult(), leftOpen ? 0 : code);
rmSync(directory, { recursive: true, force: true });
if (leftOpen) print(`a test left something open: the runner was ended ${graceMs / 1_000} s after its result`);
for (const line of summary.lines) print(line);
print(summary.closing);
process.exitCode = summary.ok ? 0 : 1;

function readResult(): JestResult | undefined {
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8')) as JestResult;
  } catch {
    return undefined;
  }
}

/** Jest waits for ever for what a test left open, after it has written its result and the servers of the run are gone. */
async function endWhenStuck(): Promise<boolean> {
  let ended = false;
  void closed.then(() => {
    ended = true;
  });
  for (let writtenAt: number | undefined; !ended; await delay(200)) {
    if (writtenAt === undefined && existsSync(resultFile)) writtenAt = performance.now();
    if (writtenAt === undefined || performance.now() - writtenAt < graceMs) continue;
    child.kill('SIGKILL');
    return true;
  }
  return false;
}
