import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import { boundedBodies } from './bounded-bodies.ts';

let server: Server | undefined;
let socket: Socket | undefined;
afterEach(async () => {
  jest.useRealTimers();
  socket?.destroy();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** Sends the beginning of a request whose body never comes. `answers`: whether it is answered all the same. */
async function halfRequest(path: string, answers: boolean): Promise<{ received: () => string; closed: Promise<void> }> {
  const app = express();
  app.use(boundedBodies('/dicomweb/'));
  const arrived = Promise.withResolvers<void>();
  app.use((_request, response) => {
    if (answers) response.status(401).send('no');
    arrived.resolve();
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const sent = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket = sent;
  let received = '';
  sent.on('data', (bytes) => {
    received += bytes.toString();
  });
  const closed = new Promise<void>((resolve) => sent.once('close', () => resolve()));
  sent.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc`);
  await arrived.promise;
  return { received: () => received, closed };
}

describe('a body that does not come', () => {
  test.each(['/api/v1/results', '/dicomweb/studies'])(
    'after the answer of %s ends the connection soon',
    async (path) => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      const { received, closed } = await halfRequest(path, true);
      for (let turn = 0; turn < 200 && !received().includes('401'); turn += 1) await new Promise(setImmediate);
      expect(received()).toContain('401');
      jest.advanceTimersByTime(2_000);
      await closed;
    },
  );

  test('holds a connection for 30 s, and where bodies are streamed it is left to who reads them', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const { closed } = await halfRequest('/api/v1/results', false);
    jest.advanceTimersByTime(30_000);
    await closed;
    await new Promise((resolve) => server?.close(resolve));
    await halfRequest('/dicomweb/studies', false);
    jest.advanceTimersByTime(30_000);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(socket?.closed).toBe(false);
  });
});
