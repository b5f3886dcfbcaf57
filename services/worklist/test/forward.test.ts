import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@voorrang/platform';
import express from 'express';
import { forwardRoutes } from '../src/adapters/http/forward.ts';

const servers: Server[] = [];
const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    servers.push(server);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** Says how many bytes came, and of what type. */
const owner = (): Server =>
  createServer(async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ path: request.url, bytes, type: request.headers['content-type'] }));
  });

test('a body of any type is passed on as it comes, however long that takes', async () => {
  const baseUrl = `http://127.0.0.1:${await listening(owner())}`;
  const app = express();
  app.use(express.json());
  app.use(forwardRoutes({ targets: [{ paths: ['/dicomweb'], baseUrl }], logger: silentLogger, timeoutMs: 150 }));
  const port = await listening(createServer(app));
  const answer = new Promise<string>((resolve, reject) => {
    const upload = httpRequest({
      port,
      method: 'POST',
      path: '/dicomweb/studies?x=1',
      headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=b' },
    });
    upload.on('error', reject);
    upload.on('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(Buffer.concat(chunks).toString());
    });
    // Longer than the wait for an answer.
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      upload.write(Buffer.alloc(100_000, sent));
      if (sent < 5) return;
      clearInterval(timer);
      upload.end();
    }, 60);
  });
  expect(JSON.parse(await answer)).toEqual({
    path: '/dicomweb/studies?x=1',
    bytes: 500_000,
    type: 'multipart/related; type="application/dicom"; boundary=b',
  });
});

test('a long answer is passed on for as long as it goes on coming, and cut off when it does not', async () => {
  const answering = createServer((request, response) => {
    let pieces = 0;
    const timer = setInterval(() => {
      pieces += 1;
      response.write('x'.repeat(1_000));
      if (pieces < 5) return;
      clearInterval(timer);
      if (request.url === '/api/v1/evidence/whole') response.end();
    }, 60);
    response.once('close', () => clearInterval(timer));
  });
  const baseUrl = `http://127.0.0.1:${await listening(answering)}`;
  const app = express();
  app.use(forwardRoutes({ targets: [{ paths: ['/api/v1/evidence'], baseUrl }], logger: silentLogger, timeoutMs: 200 }));
  const front = `http://127.0.0.1:${await listening(createServer(app))}/api/v1/evidence`;
  expect(await (await fetch(`${front}/whole`)).text()).toHaveLength(5_000);
  await expect((await fetch(`${front}/stalled`)).text()).rejects.toThrow();
});

test('a JSON body that was read on its way is passed on, and an owner that is away is told as 503', async () => {
  const server = owner();
  const port = await listening(server);
  const app = express();
  app.use(express.json());
  const targets = [
    { paths: ['/api/v1/quarantine'], baseUrl: `http://127.0.0.1:${port}` },
    { paths: ['/api/v1/patients'], baseUrl: 'http://127.0.0.1:1' },
  ];
  app.use(forwardRoutes({ targets, logger: silentLogger }));
  const front = `http://127.0.0.1:${await listening(createServer(app))}`;
  const post = (path: string): Promise<Response> =>
    fetch(`${front}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' });
  expect(await (await post('/api/v1/quarantine/x/replay')).json()).toMatchObject({ bytes: 7 });
  const away = await post('/api/v1/patients/unmerge');
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
});
