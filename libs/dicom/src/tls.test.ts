import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ClientCertificates, ServerTls } from '@voorrang/kernel';
import { FakeClock, testAuthority, waitUntil } from '@voorrang/testing';
import { objectOf, type Running, startServer } from '../test/support.ts';
import { sendObjects } from './dicom-client.ts';

const authority = testAuthority();
const server = authority.issue('voorrang');
const scanner = authority.issue('scanner');
const stranger = testAuthority('Another authority').issue('stranger');
const ct = objectOf('CT_small');

let running: Running | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await running?.server.close();
  running = undefined;
});

const tlsOf = (clientCertificate: ClientCertificates, own = server): ServerTls => ({
  cert: own.cert,
  key: own.key,
  ca: authority.cert,
  clientCertificate,
});
const start = async (options: Parameters<typeof startServer>[0]): Promise<Running> => {
  running = await startServer(options);
  return running;
};
const target = (pair?: { cert: string; key: string }, ca = authority.cert) => ({
  host: '127.0.0.1',
  port: running?.server.port ?? 0,
  calledAe: 'VOORRANG',
  callingAe: 'SCANNER',
  tls: { ca, ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }) },
});
const refusals = (): string[] =>
  (running?.events ?? []).flatMap((event) => (event.kind === 'tls-refused' ? [event.reason] : []));

describe('an association over TLS', () => {
  test('stores objects, and the peer is known by its certificate', async () => {
    const { stored } = await start({ tls: tlsOf('required') });
    expect(await sendObjects(target(scanner), [ct, ct])).toEqual([0, 0]);
    expect(stored[0]?.peer).toMatchObject({ tls: true, certificateSha256: scanner.sha256 });
  });

  test('a rule binds a title to its certificate', async () => {
    const { server: listener } = await start({
      tls: tlsOf('required'),
      peers: () => ({
        peers: [{ callingAe: 'SCANNER', certificates: [scanner.sha256] }],
        unknown: 'refuse',
        plaintextNeedsWaiver: true,
      }),
    });
    expect(await sendObjects(target(scanner), [])).toEqual([0]);
    await expect(sendObjects(target(authority.issue('other')), [])).rejects.toMatchObject({
      details: { result: 1, source: 1, reason: 3 },
    });
    expect(listener.listening).toBe(true);
  });

  test.each<[string, ClientCertificates, { cert: string; key: string } | undefined, string | null]>([
    ['a certificate of another authority', 'required', stranger, 'certificate-not-verified'],
    ['no certificate where one is asked for', 'required', undefined, 'certificate-missing'],
    ['a certificate of another authority where none is needed', 'optional', stranger, 'certificate-not-verified'],
    ['no certificate where none is needed', 'optional', undefined, null],
    ['no certificate where none is read', 'none', undefined, null],
    [
      'a certificate that has run out',
      'required',
      authority.issue('old', { notAfter: new Date('2025-01-01') }),
      'certificate-not-verified',
    ],
  ])('%s (%s)', async (_name, mode, pair, refusal) => {
    const { stored } = await start({ tls: tlsOf(mode) });
    if (refusal === null) {
      expect(await sendObjects(target(pair), [ct])).toEqual([0]);
      expect(stored[0]?.peer).toMatchObject({ tls: true, certificateSha256: null });
    } else {
      await expect(sendObjects(target(pair), [ct])).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_UNAVAILABLE' });
      expect(refusals()).toEqual([refusal]);
      expect(stored).toEqual([]);
    }
  });

  test('our requestor does not speak to a server of another authority', async () => {
    const { stored } = await start({ tls: tlsOf('none') });
    await expect(sendObjects(target(undefined, testAuthority('X').cert), [ct])).rejects.toMatchObject({
      code: 'VRG_DICOM_PEER_UNAVAILABLE',
    });
    expect(stored).toEqual([]);
  });
});

describe('what is not BCP 195', () => {
  const handshake = async (options: ConnectionOptions): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port: running?.server.port ?? 0, ca: authority.cert, ...options });
    sockets.push(socket);
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve(`${socket.getProtocol()} ${socket.getCipher().name}`));
      socket.once('error', () => resolve('refused'));
    });
  };

  test.each<[string, ConnectionOptions, RegExp]>([
    ['TLS 1.3', { minVersion: 'TLSv1.3' }, /^TLSv1\.3 TLS_AES/],
    ['TLS 1.2 with ECDHE and AEAD', { maxVersion: 'TLSv1.2' }, /^TLSv1\.2 ECDHE-ECDSA-AES128-GCM/],
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, /^refused$/],
    ['a suite without AEAD', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }, /^refused$/],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }, /^refused$/],
  ])('%s', async (_name, options, expected) => {
    await start({ tls: tlsOf('none') });
    expect(await handshake(options)).toMatch(expected);
  });

  test('plain DICOM and other bytes are refused on the TLS port, and the next association is served', async () => {
    await start({ tls: tlsOf('none') });
    for (const bytes of [Buffer.from([1, 0, 0, 0, 0, 4, 0, 1, 0, 0]), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      const socket = connectTcp({ host: '127.0.0.1', port: running?.server.port ?? 0 }).on('error', () => undefined);
      sockets.push(socket);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume().write(bytes);
      await closed;
    }
    expect(refusals()).toEqual(['handshake', 'handshake']);
    expect(await sendObjects(target(), [ct])).toEqual([0]);
  });

  test('no handshake is begun anew', async () => {
    await start({ tls: tlsOf('none') });
    const socket = connect({
      host: '127.0.0.1',
      port: running?.server.port ?? 0,
      ca: authority.cert,
      maxVersion: 'TLSv1.2',
    });
    sockets.push(socket);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const refused = await new Promise((resolve) => {
      socket.once('error', () => resolve(true));
      socket.renegotiate({}, (error) => resolve(error !== null));
    });
    expect(refused).toBe(true);
  });
});

describe('a TLS listener', () => {
  test('closes who does not finish the handshake within the time for an association request', async () => {
    const clock = new FakeClock();
    const { server: listener } = await start({ tls: tlsOf('none'), clock });
    const socket = connectTcp({ host: '127.0.0.1', port: listener.port }).resume();
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await waitUntil(async () => {
      await clock.advance(10_000);
      return refusals().length > 0;
    });
    await closed;
    expect(refusals()).toEqual(['timed-out']);
  });

  test('sockets that do not finish the handshake never lock out a sender', async () => {
    const { server: listener, events } = await start({
      tls: tlsOf('none'),
      clock: new FakeClock(),
      limits: { connections: 10, perAddress: 10 },
    });
    for (let index = 0; index < 30; index += 1) {
      const socket = connectTcp({ host: '127.0.0.1', port: listener.port }).on('error', () => undefined);
      sockets.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    expect(await sendObjects(target(), [ct])).toEqual([0]);
    expect(events.filter(({ kind }) => kind === 'connection-refused')).toEqual([]);
  });

  test('takes a new certificate without a restart, and keeps the old one when the new one does not fit', async () => {
    const { server: listener } = await start({ tls: tlsOf('none') });
    const next = testAuthority('Next authority');
    const later = next.issue('voorrang');
    expect(await sendObjects(target(), [])).toEqual([0]);
    expect(() => listener.updateTls({ ...tlsOf('none'), key: later.key })).toThrow();
    expect(await sendObjects(target(), [])).toEqual([0]);
    listener.updateTls({ ...tlsOf('none'), cert: later.cert, key: later.key });
    await expect(sendObjects(target(), [])).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_UNAVAILABLE' });
    expect(await sendObjects(target(undefined, next.cert), [])).toEqual([0]);
  });

  test('ends while a handshake is under way', async () => {
    const { server: listener } = await start({ tls: tlsOf('none') });
    const socket = connectTcp({ host: '127.0.0.1', port: listener.port })
      .on('error', () => undefined)
      .resume();
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    await waitUntil(() => listener.listening);
    await listener.close();
    expect(listener.listening).toBe(false);
  });
});
