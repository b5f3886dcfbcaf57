import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ClientCertificates, type ServerTls, tlsClientOptions } from '@voorrang/kernel';
import { FakeClock, testAuthority, waitUntil } from '@voorrang/testing';
import { block, endAll, sender, senderOver, serve, text } from '../test/wire.ts';
import type { MllpPeer, MllpServerOptions } from './mllp-options.ts';

afterEach(endAll);

const authority = testAuthority();
const stranger = testAuthority('Somebody else');
const own = authority.issue('voorrang');
const ris = authority.issue('ris');
const tlsOf = (clientCertificate: ClientCertificates): ServerTls => ({ ...own, ca: authority.cert, clientCertificate });

/** Says who it is to the other side. */
const who: MllpServerOptions['onMessage'] = async (bytes, { tls, certificateSha256 }) => [
  Buffer.from(`${text(bytes)} ${tls} ${certificateSha256}`),
];

const over = (port: number, more: ConnectionOptions = {}) =>
  senderOver(connect({ host: '127.0.0.1', port, ...tlsClientOptions({ ca: authority.cert }), ...more }));

const open = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const { socket } = senderOver(connectPlain({ port, host: '127.0.0.1' }));
    socket.once('connect', () => resolve(socket));
  });

describe('MLLP over TLS', () => {
  test('a message is answered, also for a sender that ends its side after it', async () => {
    const { port } = await serve(who, { tls: tlsOf('none') });
    const { socket, closed } = over(port);
    socket.end(block('a'));
    expect(await closed).toEqual(['a true null']);
  });

  test('a sender is known by the certificate that an authority of ours vouches for', async () => {
    const { port } = await serve(who, { tls: tlsOf('required') });
    const { socket, receive } = over(port, { cert: ris.cert, key: ris.key });
    socket.write(block('a'));
    expect(await receive(1)).toEqual([`a true ${ris.sha256}`]);
  });

  test.each([
    ['required', undefined, 'refused-certificate-missing'],
    ['required', stranger.issue('x'), 'refused-certificate-not-verified'],
    ['optional', stranger.issue('x'), 'refused-certificate-not-verified'],
    ['required', authority.issue('x', { notAfter: new Date(0) }), 'refused-certificate-not-verified'],
  ] as const)('certificates %s: %# is closed without an answer', async (mode, presented, kind) => {
    const { port, seen, server } = await serve(who, { tls: tlsOf(mode) });
    const { socket, closed } = over(port, presented === undefined ? {} : { cert: presented.cert, key: presented.key });
    socket.write(block('a'));
    expect(await closed).toEqual([]);
    expect(seen.map((event) => event.kind)).toEqual([kind]);
    expect(server.connectionCount()).toBe(0);
  });

  test('optional certificates let a sender without one speak', async () => {
    const { port } = await serve(who, { tls: tlsOf('optional') });
    const { socket, receive } = over(port);
    socket.write(block('a'));
    expect(await receive(1)).toEqual(['a true null']);
  });

  test('TLS 1.1, and a sender that speaks plain MLLP, get nowhere and disturb nobody', async () => {
    const { port, seen } = await serve(who, { tls: tlsOf('none') });
    const old = over(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' });
    expect(await old.closed).toEqual([]);
    const plain = sender(port);
    plain.socket.write(block('MSH|^~\\&|RIS'));
    expect(await plain.closed).toEqual([]);
    await waitUntil(() => seen.filter(({ kind }) => kind === 'failed').length === 2);
    const { socket, receive } = over(port);
    socket.write(block('b'));
    expect(await receive(1)).toEqual(['b true null']);
  });

  test('a handshake that does not end is closed at its limit', async () => {
    const clock = new FakeClock();
    const { port, seen, server } = await serve(who, { tls: tlsOf('none'), clock });
    const silent = await open(port);
    await waitUntil(() => server.connectionCount() === 1);
    await clock.advance(9_000);
    expect(silent.closed).toBe(false);
    await clock.advance(1_000);
    await waitUntil(() => silent.closed);
    expect(seen.map(({ kind }) => kind)).toEqual(['closed-slow-handshake']);
    expect(server.connectionCount()).toBe(0);
  });

  test('sockets that never finish a handshake count, and give way to a sender', async () => {
    const { port, seen, server } = await serve(who, { tls: tlsOf('none'), limits: { connections: 5, perAddress: 5 } });
    for (let index = 0; index < 12; index += 1) await open(port);
    const { socket, receive } = over(port);
    socket.write(block('a'));
    expect(await receive(1)).toEqual(['a true null']);
    expect(server.connectionCount()).toBe(5);
    expect(seen.filter(({ kind }) => kind === 'evicted')).toHaveLength(8);
  });

  test('new certificates hold for new connections, open ones go on, unusable ones change nothing', async () => {
    const { port, server } = await serve(who, { tls: tlsOf('none') });
    const before = over(port);
    before.socket.write(block('a'));
    await before.receive(1);
    const renewed = stranger.issue('voorrang');
    server.reloadTls({ ...renewed, clientCertificate: 'none' });
    expect(() => server.reloadTls({ ...renewed, key: own.key, clientCertificate: 'none' })).toThrow(
      expect.objectContaining({ code: 'VRG_CONFIG_INVALID' }),
    );
    before.socket.write(block('b'));
    const after = over(port, { ca: stranger.cert });
    after.socket.write(block('c'));
    expect([await before.receive(2), await after.receive(1)]).toEqual([
      ['a true null', 'b true null'],
      ['c true null'],
    ]);
    expect(await over(port).closed).toEqual([]);
  });

  test('a listener without TLS takes no certificates, and one with unusable ones does not start', async () => {
    const { server } = await serve(who);
    expect(() => server.reloadTls(tlsOf('none'))).toThrow(expect.objectContaining({ code: 'VRG_CONFIG_INVALID' }));
    await expect(serve(who, { tls: { ...own, clientCertificate: 'required' } })).rejects.toMatchObject({
      code: 'VRG_CONFIG_INVALID',
    });
  });

  test('closing does not wait for a handshake', async () => {
    const { port, server } = await serve(who, { tls: tlsOf('none') });
    const silent = await open(port);
    await waitUntil(() => server.connectionCount() === 1);
    await server.close();
    await waitUntil(() => silent.closed);
  });
});

describe('who may speak at all', () => {
  const only = (allowed: (peer: MllpPeer) => boolean): NonNullable<MllpServerOptions['admit']> => {
    return (peer) => (allowed(peer) ? { kind: 'accept' } : { kind: 'refuse', reason: 'address' });
  };

  test('a refused peer is closed before anything is read, and told apart in what is observed', async () => {
    const { port, seen } = await serve(who, { admit: only(({ address }) => address === '192.0.2.1') });
    const { socket, closed } = sender(port);
    socket.write(block('a'));
    expect(await closed).toEqual([]);
    expect(seen).toMatchObject([
      { kind: 'refused-peer', reason: 'address', peer: { address: '127.0.0.1', tls: false } },
    ]);
  });

  test('over TLS it is asked when the certificate is known', async () => {
    const { port } = await serve(who, {
      tls: tlsOf('optional'),
      admit: only(({ certificateSha256 }) => certificateSha256 === ris.sha256),
    });
    const [known, unknown] = [over(port, { cert: ris.cert, key: ris.key }), over(port)];
    known.socket.write(block('a'));
    unknown.socket.write(block('a'));
    expect([await known.receive(1), await unknown.closed]).toEqual([[`a true ${ris.sha256}`], []]);
  });
});
