import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeClock, waitUntil } from '@voorrang/testing';
import { mllpBlock } from './mllp-framer.ts';
import type { MllpServerEvent, MllpServerOptions } from './mllp-options.ts';
import { createMllpServer, type MllpServer } from './mllp-server.ts';

const running: MllpServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function serve(more: Partial<MllpServerOptions> = {}) {
  const seen: MllpServerEvent[] = [];
  const clock = new FakeClock();
  const server = createMllpServer({
    bind: '127.0.0.1',
    port: 0,
    clock,
    onMessage: async () => [Buffer.from('ack')],
    observe: (event) => seen.push(event),
    ...more,
  });
  running.push(server);
  const { port } = await server.start();
  const count = (kind: MllpServerEvent['kind']): number => seen.filter((event) => event.kind === kind).length;
  return { server, clock, port, count };
}

/** A socket that is open, reads nothing unless told, and whose end is known. */
async function open(port: number): Promise<{ socket: Socket; closed: () => boolean }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  sockets.push(socket);
  let closed = false;
  socket.on('error', () => undefined).on('close', () => (closed = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, closed: () => closed };
}

async function answered(port: number): Promise<boolean> {
  const { socket, closed } = await open(port);
  let bytes = 0;
  socket.on('data', (chunk) => (bytes += chunk.length));
  socket.write(mllpBlock(Buffer.from('MSH|')));
  await waitUntil(() => bytes > 0 || closed());
  return bytes > 0;
}

describe('sockets that say nothing', () => {
  test('never lock out a sender, and only the ones that are silent for longest go', async () => {
    const { port, server, count } = await serve({ limits: { connections: 20, perAddress: 20 } });
    expect(await answered(port)).toBe(true);
    for (let index = 0; index < 60; index += 1) await open(port);
    expect(await answered(port)).toBe(true);
    await waitUntil(() => count('opened') === 62 && server.connectionCount() === 20);
    expect([count('refused-connection-limit'), count('evicted')]).toEqual([0, 42]);
  });

  test('of one address leave places for others', async () => {
    const { port, server, count } = await serve({ limits: { connections: 20 } });
    for (let index = 0; index < 30; index += 1) await open(port);
    await waitUntil(() => count('opened') === 30);
    expect(server.connectionCount()).toBe(12);
  });

  test('a sender at the limit of its address is refused once all its connections have sent a message', async () => {
    const { port, count } = await serve({ limits: { connections: 9, perAddress: 2 } });
    expect([await answered(port), await answered(port), await answered(port)]).toEqual([true, true, false]);
    expect(count('refused-address-limit')).toBe(1);
  });

  test('are closed after half a minute, one that has sent a message is not', async () => {
    const { port, clock, server, count } = await serve();
    const silent = await open(port);
    expect(await answered(port)).toBe(true);
    await waitUntil(() => server.connectionCount() === 2);
    await clock.advance(29_000);
    expect(silent.closed()).toBe(false);
    await clock.advance(6_000);
    await waitUntil(silent.closed);
    expect([count('closed-silent'), server.connectionCount()]).toEqual([1, 1]);
  });
});

describe('a peer that does not read its answers', () => {
  const huge = Buffer.alloc(64 << 20, 0x41);
  const deaf = async (port: number): Promise<{ socket: Socket; closed: () => boolean }> => {
    const peer = await open(port);
    peer.socket.pause();
    peer.socket.write(mllpBlock(Buffer.from('MSH|')));
    return peer;
  };

  test('is closed at the deadline', async () => {
    let asked = 0;
    const { port, clock, server, count } = await serve({
      onMessage: async () => {
        asked += 1;
        return [huge];
      },
    });
    await deaf(port);
    await waitUntil(() => asked === 1);
    await clock.advance(25_000);
    expect(server.connectionCount()).toBe(1);
    await clock.advance(10_000);
    await waitUntil(() => server.connectionCount() === 0);
    expect(count('closed-not-reading')).toBe(1);
  });

  test('does not hold up the end of the service', async () => {
    let asked = 0;
    const { port, clock, server } = await serve({
      onMessage: async () => {
        asked += 1;
        return [huge];
      },
    });
    await deaf(port);
    await waitUntil(() => asked === 1);
    let stopped = false;
    void server.close().then(() => (stopped = true));
    await clock.advance(4_000);
    expect(stopped).toBe(false);
    await clock.advance(1_000);
    await waitUntil(() => stopped);
  });
});
