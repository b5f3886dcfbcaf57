import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeClock, settle, testAuthority, waitUntil } from '@voorrang/testing';
import { associateRequestPdu } from '../src/association.ts';
import { commands, dataPdus, requestCommandSet } from '../src/command-set.ts';
import { manyAssociations } from './many-associations.ts';
import { objectOf, type Running, startServer, storeRequest } from './support.ts';

let running: Running | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

const ct = objectOf('CT_small');
const verification = '1.2.840.10008.1.1';
const request = associateRequestPdu(
  { called: 'VOORRANG', calling: 'SCANNER' },
  [verification, ct.sopClassUid].map((abstractSyntax, index) => ({
    id: index * 2 + 1,
    abstractSyntax,
    transferSyntaxes: [ct.transferSyntax],
  })),
  0,
);
const echo = dataPdus(
  1,
  'command',
  requestCommandSet({ field: commands.cEcho, messageId: 1, sopClassUid: verification, hasDataSet: false }),
  0,
);

test('memory does not grow with the number of associations, however they end', async () => {
  const [warm, ...later] = await manyAssociations(300, 3);
  for (const { liveBytes } of later) expect(liveBytes - (warm?.liveBytes ?? 0)).toBeLessThan(2 << 20);
}, 60_000);

describe('back-pressure', () => {
  test('a peer that never reads its answers is aborted, and closed when it does not take the end', async () => {
    const clock = new FakeClock();
    running = await startServer({ clock });
    const { server, events } = running;
    const socket = connect({ host: '127.0.0.1', port: server.port }).on('error', () => undefined);
    socket.pause().write(request);
    const aborted = () => events.find(({ kind }) => kind === 'ended');
    const many = Buffer.concat(Array<Buffer>(2_000).fill(echo));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await waitUntil(
      async () => {
        if (socket.writableLength === 0) socket.write(many);
        await settle();
        return aborted();
      },
      { deadlineMs: 30_000, everyMs: 0 },
    );
    expect(aborted()).toMatchObject({ end: 'aborted', abort: { source: 'user', what: 'answers are not read' } });
    await clock.advance(31_000);
    socket.resume();
    await closed;
    expect(server.associations).toBe(0);
  }, 60_000);

  test('over TLS a sender that is faster than the store is not read further than a small bound', async () => {
    const authority = testAuthority();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    running = await startServer({
      tls: { ...authority.issue('voorrang'), clientCertificate: 'none' },
      onStore: () => gate.then(() => 'stored' as const),
    });
    const socket = connectTls({ host: '127.0.0.1', port: running.server.port, ca: authority.cert });
    const objects = 600;
    const many = Buffer.concat([request, ...Array<Buffer>(objects).fill(storeRequest(3, 1, ct, 131_072))]);
    for (let at = 0; at < many.length; at += 65_536) socket.write(many.subarray(at, at + 65_536));
    let before = -1;
    let same = 0;
    await waitUntil(() => {
      same = socket.writableLength === before ? same + 1 : 0;
      before = socket.writableLength;
      return same > 10;
    });
    expect(socket.writableLength).toBeGreaterThan(many.length / 2);
    open();
    const { events } = running;
    await waitUntil(() => events.filter(({ kind }) => kind === 'answered').length === objects);
    socket.destroy();
  }, 60_000);
});
