import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeClock, settle, waitUntil } from '@voorrang/testing';
import { readBody } from './read-body.ts';

let server: Server | undefined;
let socket: Socket | undefined;
afterEach(async () => {
  socket?.destroy();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

type Reading = {
  readonly clock: FakeClock;
  readonly pieces: string[];
  readonly outcome: () => string;
  readonly sent: Socket;
};

/** Begins a request with a body of `length` bytes and reads it; `work` is what is done with each piece. */
async function reading(length: number, work: (piece: string) => Promise<void> = async () => {}): Promise<Reading> {
  const clock = new FakeClock();
  const pieces: string[] = [];
  let outcome = 'reading';
  const begun = Promise.withResolvers<IncomingMessage>();
  server = createServer((request) => begun.resolve(request));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const sent = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket = sent;
  sent.on('error', () => {});
  sent.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  const request = await begun.promise;
  void readBody(request, clock, async (bytes) => {
    pieces.push(bytes.toString());
    await work(bytes.toString());
  }).then(
    () => {
      outcome = 'read';
    },
    (error) => {
      outcome = error.code;
    },
  );
  return { clock, pieces, outcome: () => outcome, sent };
}

describe('the body of a request', () => {
  test('is read to its end, whose work is awaited', async () => {
    const worked = Promise.withResolvers<void>();
    const { pieces, outcome, sent } = await reading(4, () => worked.promise);
    sent.write('abcd');
    await waitUntil(() => pieces.length === 1, { what: 'the piece' });
    await settle();
    expect(outcome()).toBe('reading');
    worked.resolve();
    await waitUntil(() => outcome() !== 'reading', { what: 'the end' });
    expect([outcome(), pieces]).toEqual(['read', ['abcd']]);
  });

  test('of a sender that is silent for more than 30 s is given up', async () => {
    const { clock, outcome, pieces, sent } = await reading(1000);
    sent.write('a');
    await waitUntil(() => pieces.length === 1, { what: 'the piece' });
    await settle();
    for (let s = 0; s < 30; s += 5) await clock.advance(5_000);
    expect(outcome()).toBe('reading');
    await clock.advance(5_000);
    expect(outcome()).toBe('VRG_HTTP_TIMEOUT');
  });

  test('that trickles is given up after a minute', async () => {
    const { clock, outcome, pieces, sent } = await reading(1_000_000);
    for (let s = 0; s <= 60; s += 5) {
      sent.write('a');
      const count = pieces.length;
      await waitUntil(() => pieces.length > count, { what: 'a piece' });
      expect(outcome()).toBe('reading');
      await clock.advance(5_000);
    }
    expect(outcome()).toBe('VRG_HTTP_TIMEOUT');
  });

  test('that we work on for long is not the silence of its sender', async () => {
    const { clock, outcome, pieces, sent } = await reading(500_000, () => new Promise(() => {}));
    sent.write('a'.repeat(400_000));
    await waitUntil(() => pieces.length === 1, { what: 'the piece' });
    for (let s = 0; s < 60; s += 5) await clock.advance(5_000);
    expect(outcome()).toBe('reading');
  });

  test('that is cut off is malformed', async () => {
    const { outcome, sent } = await reading(1000);
    sent.write('abc', () => sent.destroy());
    await waitUntil(() => outcome() !== 'reading', { what: 'the end' });
    expect(outcome()).toBe('VRG_HTTP_MALFORMED');
  });

  test('fails with what the work on it fails with', async () => {
    const failure = Object.assign(new Error('full'), { code: 'FULL' });
    const { outcome, sent } = await reading(1000, () => Promise.reject(failure));
    sent.write('abc');
    await waitUntil(() => outcome() !== 'reading', { what: 'the end' });
    expect(outcome()).toBe('FULL');
  });
});
