import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock, VoorrangError } from '@voorrang/kernel';
import { Router } from 'express';
import { z } from 'zod';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import type { Service } from '../service.ts';
import { createHttpApp } from './app.ts';
import { requireRole, userOf } from './auth.ts';
import { parseBody } from './request.ts';
import { type HttpServer, listen } from './server.ts';

const token = 'a-token-for-the-tests';
const canary = 'Canary-van-Testen';
const lines: string[] = [];
let healthy = true;
let http: HttpServer;
let base: string;

const routes = Router();
routes.get('/api/v1/whoami', (request, response) => void response.json(userOf(request)));
routes.post(
  '/api/v1/echo',
  (request, response) =>
    void response.json(parseBody(z.strictObject({ age: z.number(), name: z.string().optional() }), request)),
);
routes.get('/api/v1/unexpected', () => {
  throw new Error(`could not find ${canary}`);
});
routes.get('/api/v1/full', () => {
  throw new VoorrangError('VRG_SPOOL_FULL');
});
routes.get('/api/v1/things/:id', (request, response) => void response.json(request.params));
routes.get('/api/v1/admins', (request, response) => void response.json(requireRole(request, 'administrator')));

const service: Service = {
  name: 'example',
  routes,
  ports: () => [],
  health: () => ({ part: { ok: healthy, detail: healthy ? 'fine' : 'stalled' } }),
  start: async () => {},
  stop: async () => {},
};

beforeAll(async () => {
  const logger = createLogger('debug', { write: (line) => void lines.push(line) });
  const auth = { apiToken: token, clock: systemClock(), secureCookie: false };
  http = await listen(createHttpApp({ services: [service], auth, logger, metrics: createMetrics() }), 0, '127.0.0.1');
  base = `http://127.0.0.1:${http.port}`;
});
afterAll(() => http.close());

const bearer = { authorization: `Bearer ${token}` };
const post = (path: string, body: string, headers: Record<string, string> = bearer): Promise<Response> =>
  fetch(`${base}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

describe('the HTTP application', () => {
  test('everything under /api asks for sign-in; health and metrics do not', async () => {
    const refused = await fetch(`${base}/api/v1/whoami`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toMatchObject({ type: 'urn:voorrang:error:VRG_HTTP_UNAUTHENTICATED', status: 401 });
    expect((await fetch(`${base}/health/live`)).status).toBe(200);
    expect((await fetch(`${base}/metrics`)).status).toBe(200);
  });

  test('nothing of the body is read before sign-in', async () => {
    expect((await post('/api/v1/echo', '{ broken', {})).status).toBe(401);
    expect((await post('/api/v1/echo', '{}', { ...bearer, 'content-encoding': 'x-unknown' })).status).toBe(415);
  });

  test('a bearer may act under an account name', async () => {
    expect(await (await fetch(`${base}/api/v1/whoami`, { headers: bearer })).json()).toMatchObject({ name: 'api' });
    expect(
      await (await fetch(`${base}/api/v1/whoami`, { headers: { ...bearer, 'x-acting-user': 'dr.jansen' } })).json(),
    ).toMatchObject({ name: 'dr.jansen' });
    expect(
      (await fetch(`${base}/api/v1/whoami`, { headers: { ...bearer, 'x-acting-user': 'no spaces' } })).status,
    ).toBe(400);
    expect((await fetch(`${base}/api/v1/whoami`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  });

  test('a browser signs in once and its cookie cannot be forged or used by a foreign form', async () => {
    const signIn = await post('/api/v1/session', JSON.stringify({ token, name: 'dr.jansen' }), {});
    const cookie = (signIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(signIn.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect(await (await fetch(`${base}/api/v1/session`, { headers: { cookie } })).json()).toMatchObject({
      user: 'dr.jansen',
    });
    expect((await fetch(`${base}/api/v1/session`, { headers: { cookie: `${cookie}x` } })).status).toBe(401);
    const form = await fetch(`${base}/api/v1/echo`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'text/plain' },
      body: '{"age":1}',
    });
    expect(form.status).toBe(403);
    expect((await post('/api/v1/session', JSON.stringify({ token: 'wrong' }), {})).status).toBe(401);
  });

  test('a body of wrong types names every place and quotes nothing', async () => {
    const answer = await post('/api/v1/echo', JSON.stringify({ age: canary, name: 7, [canary]: 1 }));
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect((JSON.parse(text) as { problems: { path: string }[] }).problems.map((p) => p.path)).toEqual([
      'body.age',
      'body.name',
      'body',
    ]);
    expect(text).not.toContain(canary);
    const broken = await post('/api/v1/echo', `{"name": "${canary}`);
    expect([broken.status, await broken.text()]).toEqual([400, expect.not.stringContaining(canary)]);
  });

  test('an unexpected error is a 500 without its text, in the answer and in the log', async () => {
    const answer = await fetch(`${base}/api/v1/unexpected`, { headers: bearer });
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining(canary)]);
    expect(lines.join('')).toContain('request failed');
    expect(lines.join('')).not.toContain(canary);
  });

  test('a transient error is 503 with Retry-After, an unknown address 404', async () => {
    const full = await fetch(`${base}/api/v1/full`, { headers: bearer });
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${base}/nowhere`)).status).toBe(404);
    expect((await fetch(`${base}/api/v1/things/%E0%A4%A`, { headers: bearer })).status).toBe(400);
  });

  test('readiness shows each part and turns 503 with one of them', async () => {
    expect(await (await fetch(`${base}/health/ready`)).json()).toEqual({
      status: 'ready',
      parts: { 'example.part': { ok: true, detail: 'fine' } },
    });
    healthy = false;
    expect((await fetch(`${base}/health/ready`)).status).toBe(503);
    healthy = true;
  });
});
