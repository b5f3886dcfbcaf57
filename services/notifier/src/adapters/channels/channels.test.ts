import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '@voorrang/testing';
import type { PageMessage } from '../../application/ports.ts';
import { smsChannel, voiceChannel } from './gateway.ts';
import { ntfyChannel } from './ntfy.ts';
import { outcomeOfStatus } from './provider-call.ts';
import { webhookChannel } from './webhook.ts';

const message: PageMessage = {
  alertId: 'A'.repeat(26),
  stepIndex: 1,
  recipient: 'stroke-1',
  team: 'STROKE',
  pageWord: 'STROKE',
  severity: 'high',
  site: 'EX',
  url: `https://voorrang.test/alerts/${'A'.repeat(26)}`,
  sentAt: Date.parse('2026-03-03T08:00:00.000Z'),
  idempotencyKey: 'K'.repeat(26),
  kind: 'page',
};

describe('channels over HTTP', () => {
  let server: Server;
  let url: string;
  let answer: number;
  const calls: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  beforeEach(async () => {
    calls.length = 0;
    answer = 200;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (bytes: Buffer) => {
        body += bytes.toString('utf8');
      });
      request.on('end', () => {
        calls.push({ path: request.url ?? '', headers: request.headers, body });
        if (answer === 0) request.socket.destroy();
        else response.writeHead(answer, { location: '/elsewhere' }).end('body');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a webhook gets exactly the fields of the contract and the key as a header', async () => {
    expect(await webhookChannel(fetch).send(message, `${url}/hook`)).toEqual({ kind: 'accepted' });
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      alertId: message.alertId,
      stepIndex: 1,
      recipient: 'stroke-1',
      team: 'STROKE',
      severity: 'high',
      site: 'EX',
      url: message.url,
      sentAt: '2026-03-03T08:00:00.000Z',
      idempotencyKey: message.idempotencyKey,
    });
    expect(calls[0]?.headers).toMatchObject({ 'idempotency-key': message.idempotencyKey, 'voorrang-message': 'page' });
  });

  test('ntfy gets title, priority and the link; other letters than ASCII in their encoded form', async () => {
    await ntfyChannel(fetch).send(message, `${url}/topic`);
    await ntfyChannel(fetch).send({ ...message, pageWord: 'BEROERTE Ü', kind: 'recall' }, `${url}/topic`);
    expect(calls.map(({ headers }) => [headers.title, headers.priority, headers.click])).toEqual([
      ['STROKE alert', '5', message.url],
      [`=?UTF-8?B?${Buffer.from('BEROERTE Ü alert RECALLED').toString('base64')}?=`, '4', message.url],
    ]);
    expect(calls[0]?.body).toBe('Severity high, site EX.');
  });

  test('a gateway gets number and words; a voice says no link', async () => {
    await smsChannel(fetch, `${url}/sms`).send(message, '+31600000000');
    await voiceChannel(fetch, `${url}/voice`).send(message, '+31600000000');
    expect(calls.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
      [
        '/sms',
        {
          to: '+31600000000',
          text: `STROKE alert. Severity high, site EX. ${message.url}`,
          idempotencyKey: message.idempotencyKey,
        },
      ],
      [
        '/voice',
        {
          to: '+31600000000',
          text: 'Voorrang. STROKE alert. Severity high, site EX. Open Voorrang to acknowledge.',
          idempotencyKey: message.idempotencyKey,
        },
      ],
    ]);
  });

  test('every channel carries the trace; text that is no trace context is left out and the page still goes', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const channels = [webhookChannel(fetch), ntfyChannel(fetch), smsChannel(fetch, url), voiceChannel(fetch, url)];
    for (const channel of channels) await channel.send({ ...message, traceparent }, url);
    expect(calls.map(({ headers }) => headers.traceparent)).toEqual(channels.map(() => traceparent));
    const broken = await webhookChannel(fetch).send({ ...message, traceparent: 'a\r\nb' }, url);
    expect([broken.kind, calls.at(-1)?.headers.traceparent]).toEqual(['accepted', undefined]);
  });

  test('a redirect is a refusal and is not followed', async () => {
    answer = 302;
    expect((await webhookChannel(fetch).send(message, url)).kind).toBe('permanent');
    expect(calls).toHaveLength(1);
  });

  test('a connection that breaks after the request is ambiguous, one that never came about temporary', async () => {
    answer = 0;
    expect((await webhookChannel(fetch).send(message, url)).kind).toBe('ambiguous');
    expect((await webhookChannel(fetch).send(message, `http://127.0.0.1:${await freePort()}/`)).kind).toBe('temporary');
  });
});

test.each([
  [200, 'accepted'],
  [202, 'accepted'],
  [301, 'permanent'],
  [400, 'permanent'],
  [401, 'permanent'],
  [404, 'permanent'],
  [410, 'permanent'],
  [408, 'temporary'],
  [425, 'temporary'],
  [429, 'temporary'],
  [500, 'temporary'],
  [503, 'temporary'],
  [502, 'ambiguous'],
  [504, 'ambiguous'],
])('the answer %i is %s', (status, kind) => {
  expect(outcomeOfStatus(status, null).kind).toBe(kind);
});

test('Retry-After counts in seconds; a date is passed over', () => {
  expect(outcomeOfStatus(429, '7')).toMatchObject({ retryAfterMs: 7_000 });
  expect(outcomeOfStatus(503, 'Tue, 03 Mar 2026 08:00:00 GMT')).not.toHaveProperty('retryAfterMs');
});
