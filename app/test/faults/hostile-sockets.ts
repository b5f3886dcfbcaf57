import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { associationOf } from '../fuzz/association-of.ts';
import type { Ports, Product } from '../stories/support/product.ts';
import { type Asked, order, percentileOf, store } from './ask.ts';
import { ctObject } from './ct-objects.ts';
import { openSockets, residentBytes } from './process-figures.ts';

export type IdleRun = {
  readonly sockets: number;
  /** Longest answer to a good sender of another address and of the same one, in milliseconds. */
  readonly longestAnswerMs: { readonly otherAddress: number; readonly sameAddress: number };
  readonly answers: readonly string[];
  readonly grownBytes: number;
};

/** F-26: sockets that never send a byte, half of them on each port, while good senders come. */
export async function idleSockets(product: Product, count: number): Promise<IdleRun> {
  await store(product.ports);
  await order(product.ports);
  const before = residentBytes(product.pid).now;
  const quiet = openSockets(product.pid);
  const sockets: Socket[] = [];
  for (let n = 0; n < count; n += 1) sockets.push(openSilently(n % 2 === 0 ? product.ports.dicom : product.ports.mllp));
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
  );
  const others: Asked[] = [];
  const same: Asked[] = [];
  for (let n = 0; n < 5; n += 1) {
    others.push(await store(product.ports, '127.0.0.2'), await order(product.ports, '127.0.0.2'));
    same.push(await store(product.ports), await order(product.ports));
  }
  const grownBytes = residentBytes(product.pid).now - before;
  for (const socket of sockets) socket.destroy();
  await waitUntil(() => openSockets(product.pid) <= quiet, { what: 'the end of the idle sockets' });
  return {
    sockets: count,
    longestAnswerMs: { otherAddress: percentileOf(others, 100), sameAddress: percentileOf(same, 100) },
    answers: [...new Set([...others, ...same].map(({ answer }) => answer))].sort(),
    grownBytes,
  };
}

export type SlowRun = {
  readonly slowSenders: number;
  /** p99 of good senders alone, and beside the slow ones, in milliseconds. */
  readonly p99Ms: { readonly alone: number; readonly beside: number };
  readonly answers: readonly string[];
  /** When the listeners had closed all slow ones, in seconds; null when they were not waited for. */
  readonly allClosedAfterSeconds: { readonly dicom: number; readonly mllp: number } | null;
};

/** F-24: senders that write one byte each second, on both ports, while good senders go on. */
export async function slowSenders(
  product: Product,
  options: { readonly senders: number; readonly goodSends: number; readonly waitSeconds?: number },
): Promise<SlowRun> {
  const alone = await goodSends(product.ports, options.goodSends);
  const dicom = Array.from({ length: options.senders }, () => drip(product.ports.dicom, association()));
  const mllp = Array.from({ length: options.senders }, () => drip(product.ports.mllp, message()));
  const beside = await goodSends(product.ports, options.goodSends);
  const { waitSeconds } = options;
  const closed = async (all: readonly Dripping[]): Promise<number> => {
    const times = await Promise.all(
      all.map(({ closed }) => Promise.race([closed, delay((waitSeconds ?? 0) * 1_000, Number.NaN)])),
    );
    return Math.round(Math.max(...times)) / 1_000;
  };
  const allClosedAfterSeconds =
    waitSeconds === undefined
      ? null
      : await Promise.all([closed(dicom), closed(mllp)]).then(([d, m]) => ({ dicom: d, mllp: m }));
  for (const { stop } of [...dicom, ...mllp]) stop();
  return {
    slowSenders: 2 * options.senders,
    p99Ms: { alone: percentileOf(alone, 99), beside: percentileOf(beside, 99) },
    answers: [...new Set(beside.map(({ answer }) => answer))].sort(),
    allClosedAfterSeconds,
  };
}

async function goodSends(ports: Ports, count: number): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let n = 0; n < count; n += 1) asked.push(await store(ports, '127.0.0.2'), await order(ports, '127.0.0.2'));
  return asked;
}

const association = (): Buffer => {
  const object = ctObject('1.2.826.0.1.3680043.10.998.1', 'slow');
  return associationOf({ ...object, dataSet: Buffer.from(object.dataSet), command: object }, () => 0);
};
const message = (): Buffer =>
  Buffer.from(`\x0bMSH|^~\\&|SLOW|H|V|H|20261123||ADT^A04|1|P|2.5\r${'PID|1||P1\r'.repeat(200)}`);

type Dripping = { readonly closed: Promise<number>; stop(): void };

/** The first quarter kilobyte at once, so that an association is there, then one byte each second. */
function drip(port: number, bytes: Buffer): Dripping {
  const begin = performance.now();
  const socket = openSilently(port);
  let at = Math.min(bytes.length, 260);
  socket.write(bytes.subarray(0, at));
  const timer = setInterval(() => {
    if (socket.writable && at < bytes.length) socket.write(bytes.subarray(at, at + 1));
    at += 1;
  }, 1_000);
  const closed = new Promise<number>((resolve) =>
    socket.once('close', () => {
      clearInterval(timer);
      resolve(performance.now() - begin);
    }),
  );
  return { closed, stop: () => socket.destroy() };
}

/** Reads and drops what comes; an error is seen as the close that follows. */
function openSilently(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  socket.resume();
  return socket;
}
