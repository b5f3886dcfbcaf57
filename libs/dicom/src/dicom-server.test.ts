import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { VoorrangError } from '@voorrang/kernel';
import { FakeClock, waitUntil } from '@voorrang/testing';
import fc from 'fast-check';
import { cut, exchange, objectOf, pdusOf, type Running, startServer, storeRequest } from '../test/support.ts';
import { associateRequestPdu } from './association.ts';
import { dataPdus, readCommandSet, requestCommandSet } from './command-set.ts';
import { sendObjects } from './dicom-client.ts';
import { newPdu, pduTypes } from './pdu.ts';
import { verificationSopClass } from './sop-classes.ts';

let running: Running | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});
const start = async (options?: Parameters<typeof startServer>[0]): Promise<Running> => {
  running = await startServer(options);
  return running;
};

const ct = objectOf('CT_small');
const target = (port: number) => ({ host: '127.0.0.1', port, calledAe: 'VOORRANG', callingAe: 'SCANNER' });
const ae = { called: 'VOORRANG', calling: 'SCANNER' };
const contexts = [
  { id: 1, abstractSyntax: verificationSopClass, transferSyntaxes: ['1.2.840.10008.1.2'] },
  { id: 3, abstractSyntax: ct.sopClassUid, transferSyntaxes: [ct.transferSyntax] },
];
const request = associateRequestPdu(ae, contexts, 16_384);
const release = newPdu(pduTypes.releaseRequest, 4);
const abort = newPdu(pduTypes.abort, 4);
const echo = dataPdus(
  1,
  'command',
  requestCommandSet({
    field: 0x30,
    messageId: 7,
    sopClassUid: verificationSopClass,
    sopInstanceUid: '',
    hasDataSet: false,
  }),
  0,
);
const store = storeRequest(3, 9, ct, 16_384);
const statusesOf = (bytes: Buffer): number[] =>
  pdusOf(bytes)
    .filter(({ type }) => type === pduTypes.data)
    .map(({ body }) => readCommandSet(body.subarray(6)).status);
const typesOf = (bytes: Buffer): number[] => pdusOf(bytes).map(({ type }) => type);

describe('an association', () => {
  test('stores one object after the other and answers each with success', async () => {
    const { server, stored } = await start();
    const statuses = await sendObjects(target(server.port), [ct, objectOf('MR_small_RLE'), objectOf('image_dfl')]);
    expect(statuses).toEqual([0, 0, 0]);
    expect(stored.map(({ header }) => header.modality)).toEqual(['CT', 'MR', 'OT']);
    expect(stored[0]).toMatchObject({
      peer: { callingAe: 'SCANNER', calledAe: 'VOORRANG' },
      totalBytes: ct.dataSet.length,
    });
    expect(stored[0]?.digest).toMatch(/^[0-9a-f]{32}$/);
  });

  test('answers C-ECHO', async () => {
    const { server } = await start();
    expect(await sendObjects(target(server.port), [])).toEqual([0]);
  });

  test('any chunking of the same association gets the same answers', async () => {
    const { server } = await start();
    const bytes = Buffer.concat([request, store, echo, store, release]);
    const whole = await exchange(server.port, [bytes]);
    expect(statusesOf(whole)).toEqual([0, 0, 0]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 25 }), async (places) => {
        expect(await exchange(server.port, cut(bytes, places))).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  test('is not told success before the object is durable', async () => {
    let durable: (() => void) | undefined;
    const { server } = await start({ onStore: () => new Promise((resolve) => (durable = () => resolve('stored'))) });
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.write(Buffer.concat([request, store]));
    await waitUntil(() => durable !== undefined);
    expect(typesOf(Buffer.concat(received))).toEqual([pduTypes.associateAccept]);
    durable?.();
    await waitUntil(() => statusesOf(Buffer.concat(received)).length === 1);
    socket.destroy();
  });

  test('a peer that goes away while its object is stored hurts nobody', async () => {
    let durable: (() => void) | undefined;
    const { server, events } = await start({
      onStore: () => new Promise((resolve) => (durable = () => resolve('stored'))),
    });
    const socket = connect({ host: '127.0.0.1', port: server.port });
    socket.write(Buffer.concat([request, store]));
    await waitUntil(() => durable !== undefined);
    socket.destroy();
    await waitUntil(() => events.some((event) => event.kind === 'ended'));
    durable?.();
    expect(await sendObjects(target(server.port), [])).toEqual([0]);
  });

  test('unknown SOP classes and transfer syntaxes are refused in their context only', async () => {
    const { server } = await start();
    const proposals = [
      ...contexts,
      { id: 5, abstractSyntax: '1.2.840.10008.5.1.4.1.2.2.1', transferSyntaxes: ['1.2.840.10008.1.2'] },
      { id: 7, abstractSyntax: ct.sopClassUid, transferSyntaxes: ['1.2.840.10008.1.2.6.1'] },
      {
        id: 9,
        abstractSyntax: ct.sopClassUid,
        transferSyntaxes: ['1.2.840.10008.1.2.6.1', '1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2'],
      },
    ];
    const answer = pdusOf(
      await exchange(server.port, [Buffer.concat([associateRequestPdu(ae, proposals, 0), release])]),
    )[0];
    const results: number[][] = [];
    for (let at = 68; at < (answer?.body.length ?? 0); at += 4 + (answer?.body.readUInt16BE(at + 2) ?? 0)) {
      if (answer?.body.readUInt8(at) === 0x21)
        results.push([answer.body.readUInt8(at + 4), answer.body.readUInt8(at + 6)]);
    }
    expect(results).toEqual([
      [1, 0],
      [3, 0],
      [5, 3],
      [7, 4],
      [9, 0],
    ]);
  });
});

describe('what cannot be stored', () => {
  const transient = new VoorrangError('VRG_SPOOL_FULL');
  const unreadable = objectOf('CT_small').dataSet.slice(0, 200);
  test.each([
    ['a full spool', 0xa700, async () => Promise.reject(transient), ct],
    ['an unknown failure', 0xa700, async () => Promise.reject(new Error('?')), ct],
    ['a permanent failure', 0xc000, async () => Promise.reject(new VoorrangError('VRG_DICOM_DATASET_INVALID')), ct],
    ['a sender without permission', 0x0124, async () => 'not-authorised' as const, ct],
    [
      'another SOP class in the data set',
      0xa900,
      async () => 'stored' as const,
      { ...ct, sopClassUid: '1.2.840.10008.5.1.4.1.1.4' },
    ],
    ['another SOP instance in the data set', 0xa900, async () => 'stored' as const, { ...ct, sopInstanceUid: '1.2.3' }],
    ['a data set that ends before its UIDs', 0xc000, async () => 'stored' as const, { ...ct, dataSet: unreadable }],
    ['an empty data set', 0xc000, async () => 'stored' as const, { ...ct, dataSet: Buffer.alloc(0) }],
  ])('%s is answered with %p', async (_name, status, onStore, object) => {
    const { server } = await start({ onStore });
    expect(await sendObjects(target(server.port), [object])).toEqual([status]);
  });

  test('an operation that is not served is answered as unrecognized and the association goes on', async () => {
    const { server } = await start();
    const find = dataPdus(
      1,
      'command',
      requestCommandSet({
        field: 0x20,
        messageId: 8,
        sopClassUid: verificationSopClass,
        sopInstanceUid: '',
        hasDataSet: false,
      }),
      0,
    );
    expect(statusesOf(await exchange(server.port, [Buffer.concat([request, find, echo, release])]))).toEqual([
      0x0211, 0,
    ]);
  });
});

describe('malformed input', () => {
  const pdu = (type: number, body: readonly number[]): Buffer => {
    const bytes = newPdu(type, body.length);
    bytes.set(body, 6);
    return bytes;
  };
  const withLength = (bytes: Buffer, length: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed.writeUInt32BE(length, 2);
    return changed;
  };
  const withByte = (bytes: Buffer, at: number, value: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[at] = value;
    return changed;
  };
  const provider = (reason: number): readonly number[] => [2, reason];
  const user = [0, 0];
  const cases: readonly (readonly [string, Buffer, readonly number[]])[] = [
    ['garbage', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), user],
    ['data before an association', store, user],
    ['release before an association', release, user],
    ['a second association request', Buffer.concat([request, request]), provider(2)],
    ['an association accept from a requestor', Buffer.concat([request, pdu(2, [0, 0, 0, 0])]), provider(2)],
    ['an unknown PDU inside an association', Buffer.concat([request, pdu(9, [1])]), provider(1)],
    ['an association request of 4 GB', withLength(request, 0xffffffff), user],
    ['an association request cut short', pdu(1, [0, 1, 0, 0]), user],
    ['an item longer than its PDU', withByte(request, 76, 0xff), user],
    [
      'an even presentation context id',
      associateRequestPdu(
        ae,
        [{ id: 2, abstractSyntax: verificationSopClass, transferSyntaxes: ['1.2.840.10008.1.2'] }],
        0,
      ),
      user,
    ],
    ['a presentation context id twice', associateRequestPdu(ae, [...contexts, ...contexts], 0), user],
    ['no presentation context', associateRequestPdu(ae, [], 0), user],
    [
      'a P-DATA-TF above the advertised length',
      Buffer.concat([request, withLength(newPdu(4, 0), 131_073)]),
      provider(6),
    ],
    ['a PDV longer than its PDU', Buffer.concat([request, pdu(4, [0, 0, 0, 99, 1, 3, 0, 0])]), provider(6)],
    ['a PDV of length one', Buffer.concat([request, pdu(4, [0, 0, 0, 1, 1, 3, 0, 0])]), provider(6)],
    ['a PDV item cut short', Buffer.concat([request, pdu(4, [0, 0, 0])]), provider(6)],
    ['a presentation context that was not accepted', Buffer.concat([request, pdu(4, [0, 0, 0, 2, 5, 3])]), provider(6)],
    ['a data set without its command', Buffer.concat([request, pdu(4, [0, 0, 0, 3, 3, 2, 0])]), provider(5)],
    [
      'a command where a data set is due',
      Buffer.concat([request, store.subarray(0, 6 + store.readUInt32BE(2)), echo]),
      provider(5),
    ],
    [
      'a command set of zeros',
      Buffer.concat([request, pdu(4, [0, 0, 0, 18, 1, 3, ...Array<number>(16).fill(0)])]),
      user,
    ],
    ['a command set cut short', Buffer.concat([request, pdu(4, [0, 0, 0, 5, 1, 3, 1, 2, 3])]), user],
    [
      'a response nobody asked for',
      Buffer.concat([
        request,
        dataPdus(
          1,
          'command',
          requestCommandSet({
            field: 0x8030,
            messageId: 1,
            sopClassUid: '',
            sopInstanceUid: '',
            hasDataSet: false,
          }),
          0,
        ),
      ]),
      user,
    ],
    ['a release of the wrong length', Buffer.concat([request, pdu(5, [0, 0, 0, 0, 0])]), provider(6)],
  ];

  test.each(cases)('%s is aborted, and the next association is served', async (_name, bytes, expected) => {
    const { server } = await start();
    const last = pdusOf(await exchange(server.port, [bytes])).at(-1);
    expect([last?.type, [...(last?.body.subarray(2, 4) ?? [])]]).toEqual([pduTypes.abort, expected]);
    expect(await sendObjects(target(server.port), [ct])).toEqual([0]);
  });

  test('an abort by the peer is not answered', async () => {
    const { server } = await start();
    expect(typesOf(await exchange(server.port, [Buffer.concat([request, abort])]))).toEqual([pduTypes.associateAccept]);
  });

  test('bytes at random never stop the service', async () => {
    const { server } = await start();
    const whole = Buffer.concat([request, store, release]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (flips) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of flips) bytes[at] = value;
          const socket = connect({ host: '127.0.0.1', port: server.port });
          socket.on('error', () => {});
          const closed = new Promise((resolve) => socket.on('close', resolve));
          socket.resume();
          socket.end(bytes);
          await closed;
        },
      ),
      { numRuns: 60 },
    );
    expect(await sendObjects(target(server.port), [ct])).toEqual([0]);
  });
});

describe('limits', () => {
  test('an association too many is rejected as transient', async () => {
    const { server } = await start({ limits: { associations: 1 } });
    const first = connect({ host: '127.0.0.1', port: server.port });
    first.write(request);
    await waitUntil(() => server.associations === 1);
    const rejected = pdusOf(await exchange(server.port, [request]))[0];
    expect([rejected?.type, ...(rejected?.body ?? [])]).toEqual([pduTypes.associateReject, 0, 2, 3, 2]);
    first.destroy();
  });

  test.each([
    [
      'another called AE title',
      associateRequestPdu({ called: 'OTHER', calling: 'SCANNER' }, contexts, 0),
      [0, 1, 1, 7],
    ],
    [
      'a calling AE title that is not allowed',
      associateRequestPdu({ called: 'VOORRANG', calling: 'EVIL' }, contexts, 0),
      [0, 1, 1, 3],
    ],
    ['a peer that takes no answer at all', associateRequestPdu(ae, contexts, 5), [0, 1, 2, 1]],
  ])('%s is rejected', async (_name, bytes, expected) => {
    const { server } = await start({
      peers: () => ({ peers: [{ callingAe: 'SCANNER' }], unknown: 'refuse', plaintextNeedsWaiver: false }),
    });
    const rejected = pdusOf(await exchange(server.port, [bytes]))[0];
    expect([rejected?.type, ...(rejected?.body ?? [])]).toEqual([pduTypes.associateReject, ...expected]);
  });

  test('a silent peer is closed after the ARTIM time and an idle association after the idle time', async () => {
    const clock = new FakeClock();
    const { server, events } = await start({ clock });
    const silent = connect({ host: '127.0.0.1', port: server.port }).resume();
    const idle = connect({ host: '127.0.0.1', port: server.port }).resume();
    idle.write(request);
    await waitUntil(() => server.associations === 1);
    const ends = (): string[] =>
      events.flatMap((event) => (event.kind === 'ended' ? [`${event.peer.callingAe}:${event.end}`] : []));
    await clock.advance(31_000);
    expect(ends()).toEqual([':timed-out']);
    await clock.advance(270_000);
    expect(ends()).toEqual([':timed-out', 'SCANNER:timed-out']);
    silent.destroy();
    idle.destroy();
  });

  test('a peer that falls silent in the middle of an object has gone from its place and its socket within a minute', async () => {
    const clock = new FakeClock();
    const { server, events } = await start({ clock });
    const peer = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true }).resume();
    peer.on('error', () => undefined);
    peer.write(Buffer.concat([request, echo, store.subarray(0, store.length >> 1)]));
    await waitUntil(() => events.some(({ kind }) => kind === 'answered'));
    await clock.advance(24_000);
    expect(server.associations).toBe(1);
    await clock.advance(3_000);
    expect(server.associations).toBe(0);
    expect(events.at(-1)).toMatchObject({ kind: 'ended', end: 'timed-out' });
    await clock.advance(32_000);
    // nobody is there any more: what comes now is reset
    await waitUntil(() => {
      peer.write(Buffer.alloc(1));
      return peer.destroyed;
    });
  });

  test('a server that closes reads nothing more of a peer that does not wait for its answers', async () => {
    let stores = 0;
    // One turn of the event loop per object, so that the socket could be read between two answers.
    const { server, events } = await start({
      onStore: async () => {
        stores += 1;
        await new Promise((resolve) => setTimeout(resolve, 2));
        return 'stored';
      },
    });
    const socket = connect({ host: '127.0.0.1', port: server.port }).resume();
    socket.on('error', () => undefined);
    const gone = new Promise((resolve) => socket.on('close', resolve));
    socket.write(Buffer.concat([request, ...Array.from({ length: 1000 }, () => store)]));
    await waitUntil(() => stores > 0);
    await Promise.all([server.close(), gone]);
    expect(events.filter(({ kind }) => kind === 'answered').length).toBeLessThan(100);
  });

  test('a peer that does not wait for its answers is not read further than a small bound', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { server } = await start({ onStore: () => gate.then(() => 'stored' as const) });
    const many = Buffer.concat([request, ...Array.from({ length: 1000 }, () => store), release]);
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    // in pieces, so that what the system has taken can be seen
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
    await closed;
    expect(statusesOf(Buffer.concat(received))).toHaveLength(1000);
  });
});
