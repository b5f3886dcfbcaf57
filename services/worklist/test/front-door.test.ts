import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@voorrang/kernel';
import { createHttpApp, createMetrics, type HttpServer, listen, silentLogger } from '@voorrang/platform';
import { tempDirectory } from '@voorrang/testing';
import { forwardRoutes } from '../src/composition.ts';
import { startWorklist, type WorklistUnderTest } from './support/worklist-under-test.ts';

describe('the pages', () => {
  let worklist: WorklistUnderTest | undefined;
  afterEach(() => worklist?.close());

  test('are served for every address of theirs, with assets that never change', async () => {
    await using directory = await tempDirectory();
    const webRoot = join(directory.path, 'dist');
    await mkdir(join(webRoot, 'assets'), { recursive: true });
    await writeFile(join(webRoot, 'index.html'), '<title>Voorrang</title>');
    await writeFile(join(webRoot, 'icon.svg'), '<svg/>');
    await writeFile(join(webRoot, 'assets', 'app-1a2b.js'), 'export {};');
    worklist = await startWorklist({ webRoot });
    for (const path of ['/', '/studies/ABC', '/alerts', '/alerts/ABC', '/sign-in']) {
      const page = await fetch(`${worklist.base}${path}`);
      expect([page.status, page.headers.get('cache-control'), await page.text()]).toEqual([
        200,
        'no-cache',
        '<title>Voorrang</title>',
      ]);
    }
    const asset = await fetch(`${worklist.base}/assets/app-1a2b.js`);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await fetch(`${worklist.base}/icon.svg`)).headers.get('cache-control')).toBe('no-cache');
    for (const path of ['/assets/other.js', '/nowhere', '/..%2fsecret.txt'])
      expect((await fetch(`${worklist.base}${path}`)).status).toBe(404);
  });

  test('say so when they are not built', async () => {
    await using directory = await tempDirectory();
    worklist = await startWorklist({ webRoot: directory.path });
    const page = await fetch(`${worklist.base}/`);
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('not built')]);
  });
});

describe('forwarding', () => {
  type Seen = { method: string; url: string; headers: Record<string, unknown>; body: string };
  const seen: Seen[] = [];
  let owner: Server;
  let door: HttpServer;
  let base: string;
  const closed = 'http://127.0.0.1:1';
  const token = 'a-token-for-the-tests';

  beforeAll(async () => {
    owner = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        seen.push({ method, url, headers, body });
        if (url.startsWith('/api/v1/alerts/silent')) return;
        response.writeHead(url.includes('conflict') ? 409 : 202, {
          'content-type': 'application/problem+json',
          'x-own': '1',
        });
        response.end(JSON.stringify({ method, body }));
      });
    });
    await new Promise<void>((resolve) => owner.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(owner.address() as AddressInfo).port}`;
    const routes = forwardRoutes({
      targets: [
        { paths: ['/api/v1/results', '/api/v1/alerts'], baseUrl },
        { paths: ['/api/v1/closed'], baseUrl: closed },
      ],
      logger: silentLogger,
      timeoutMs: 300,
    });
    const auth = { apiToken: token, clock: systemClock(), secureCookie: false };
    const service = {
      name: 'door',
      routes,
      ports: () => [],
      health: () => ({}),
      start: async () => undefined,
      stop: async () => undefined,
    };
    door = await listen(
      createHttpApp({ services: [service], auth, logger: silentLogger, metrics: createMetrics() }),
      0,
      '127.0.0.1',
    );
    base = `http://127.0.0.1:${door.port}`;
  });
  afterAll(async () => {
    owner.closeAllConnections();
    owner.close();
    await door.close();
  });

  const headers = { authorization: `Bearer ${token}`, 'x-acting-user': 'dr.jansen' };

  test('passes method, path, query, body and sign-in on, and the answer back', async () => {
    const json = { 'content-type': 'application/json' };
    const answer = await fetch(`${base}/api/v1/results/conflict/verdict?a=b%20c`, {
      method: 'POST',
      headers: { ...headers, ...json },
      body: '{"finding":"ICH"}',
    });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-own')]).toEqual([
      409,
      'application/problem+json',
      null,
    ]);
    expect(await answer.json()).toEqual({ method: 'POST', body: '{"finding":"ICH"}' });
    expect(seen.at(-1)).toMatchObject({
      url: '/api/v1/results/conflict/verdict?a=b%20c',
      headers: { ...headers, ...json },
    });
    for (const path of ['alerts', 'alerts/ABC'])
      expect((await fetch(`${base}/api/v1/${path}`, { headers })).status).toBe(202);
    expect((await fetch(`${base}/api/v1/results/r1`, { method: 'DELETE', headers })).status).toBe(202);
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/api/v1/results/r1', body: '' });
    await fetch(`${base}/api/v1/results`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/plain' },
      body: 'é',
    });
    expect(seen.at(-1)).toMatchObject({ body: 'é' });
  });

  test('is a 503 problem when the owner is away or does not answer in time', async () => {
    for (const path of ['/api/v1/closed/door', '/api/v1/alerts/silent']) {
      const answer = await fetch(`${base}${path}`, { headers });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.json()).toMatchObject({ code: 'VRG_UNAVAILABLE' });
    }
  });

  test('forwards nothing without sign-in', async () => {
    const before = seen.length;
    expect((await fetch(`${base}/api/v1/alerts`)).status).toBe(401);
    expect(seen).toHaveLength(before);
  });
});
