import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { tempDirectory } from '@voorrang/testing';

const program = fileURLToPath(new URL('./notifier-process.ts', import.meta.url));

/** A provider that takes everything; gives the keys of what came for the first step, in order. */
async function provider() {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString('utf8');
    });
    request.on('end', () => {
      const page = JSON.parse(body) as { stepIndex: number; idempotencyKey: string };
      if (page.stepIndex === 0) keys.push(page.idempotencyKey);
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    keys,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function run(args: readonly string[]): Promise<{ signal: string | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-warnings', program, ...args], { timeout: 15_000 }, (error, output, errors) => {
      resolve({ signal: error?.signal ?? null, output, errors });
    });
  });
}

test.each([
  { point: 'page.before-send', calls: [1, 1], why: 'the page was recorded as due' },
  { point: 'page.sent', calls: [2, 2], why: 'nobody knows that it was taken, so it goes again under the same key' },
  { point: 'outbox.relay.published', calls: [1, 2], why: 'what was sent by then is recorded, or goes again' },
  { point: 'sql.transaction.before-commit:2', calls: [1, 1], why: 'the facts come again' },
  { point: 'sql.transaction.committed:2', calls: [1, 1], why: 'alert and step are stored' },
])('killed at $point, the notifier goes on by itself: $why', async ({ point, calls: [least, most] }) => {
  await using directory = await tempDirectory();
  const phone = await provider();
  const base = [directory.path, phone.url, String(Date.now())];
  const killed = await run([...base, point]);
  expect(killed).toMatchObject({ signal: 'SIGKILL', errors: '' });
  const after = await run(base);
  await phone.close();
  expect(after.errors).toBe('');
  expect(JSON.parse(after.output)).toEqual([{ page_id: phone.keys[0], state: 'sent' }]);
  expect(new Set(phone.keys).size).toBe(1);
  expect(phone.keys.length).toBeGreaterThanOrEqual(least ?? 0);
  expect(phone.keys.length).toBeLessThanOrEqual(most ?? 0);
});
