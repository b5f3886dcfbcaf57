import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeClock, waitUntil } from '@voorrang/testing';
import { objectOf, type Running, startServer, storeRequest } from '../test/support.ts';
import { associateRequestPdu } from './association.ts';
import { sendObjects } from './dicom-client.ts';

let running: Running | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await running?.server.close();
  running = undefined;
});
const start = async (options?: Parameters<typeof startServer>[0]): Promise<Running> => {
  running = await startServer(options);
  return running;
};

const ct = objectOf('CT_small');
const target = (port: number) => ({ host: '127.0.0.1', port, calledAe: 'VOORRANG', callingAe: 'SCANNER' });
const request = associateRequestPdu(
  { called: 'VOORRANG', calling: 'SCANNER' },
  [{ id: 3, abstractSyntax: ct.sopClassUid, transferSyntaxes: [ct.transferSyntax] }],
  16_384,
);
const store = storeRequest(3, 9, ct, 16_384);

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  sockets.push(socket.on('error', () => undefined));
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

describe('sockets that ask for nothing', () => {
  test('never lock out a sender', async () => {
    const { server, events } = await start({ limits: { connections: 20, perAddress: 20 }, clock: new FakeClock() });
    const ends = (): string[] => events.flatMap((event) => (event.kind === 'ended' ? [event.end] : []));
    for (let index = 0; index < 60; index += 1) await open(server.port);
    expect(await sendObjects(target(server.port), [ct])).toEqual([0]);
    expect(ends().filter((end) => end === 'evicted')).toHaveLength(41);
    expect(events.filter(({ kind }) => kind === 'connection-refused')).toEqual([]);
  });

  test.each([
    ['limit of its address', { connections: 9, perAddress: 1 }, 'address-limit'],
    ['limit of all', { connections: 1, perAddress: 2 }, 'connection-limit'],
  ])('an association is never evicted: the next socket is refused and told (%s)', async (_name, limits, reason) => {
    const { server, events } = await start({ limits });
    (await open(server.port)).write(request);
    await waitUntil(() => server.associations === 1);
    await open(server.port);
    await waitUntil(() => events.some(({ kind }) => kind === 'connection-refused'));
    expect(events.filter(({ kind }) => kind === 'connection-refused')).toMatchObject([{ reason }]);
    expect(server.associations).toBe(1);
  });
});

describe('the end of the service', () => {
  const stopped = (server: Running['server']): (() => boolean) => {
    let done = false;
    void server.close().then(() => (done = true));
    return () => done;
  };

  test('answers the object in hand and begins no other', async () => {
    const releases: (() => void)[] = [];
    const { server, events } = await start({
      onStore: () => new Promise((resolve) => releases.push(() => resolve('stored'))),
    });
    const socket = (await open(server.port)).resume();
    socket.write(Buffer.concat([request, ...Array.from({ length: 50 }, () => store)]));
    await waitUntil(() => releases.length === 1);
    const done = stopped(server);
    releases[0]?.();
    await waitUntil(done);
    expect(releases).toHaveLength(1);
    expect(events.flatMap((event) => (event.kind === 'answered' ? [event.outcome.status] : []))).toEqual([0]);
  });

  test('waits for an object that is not stored for a few seconds only', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const { server } = await start({
      clock,
      onStore: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    (await open(server.port)).write(Buffer.concat([request, store]));
    await waitUntil(() => asked === 1);
    const done = stopped(server);
    await clock.advance(4_000);
    expect(done()).toBe(false);
    await clock.advance(1_000);
    await waitUntil(done);
  });

  test('waits for a peer that does not close its side for a few seconds only', async () => {
    const clock = new FakeClock();
    const { server } = await start({ clock });
    const socket = await open(server.port);
    socket.pause();
    socket.write(request);
    await waitUntil(() => server.associations === 1);
    const done = stopped(server);
    await clock.advance(5_000);
    await waitUntil(done);
  });
});
