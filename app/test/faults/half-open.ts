import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { associationOf } from '../fuzz/association-of.ts';
import type { Product } from '../stories/support/product.ts';
import { store } from './ask.ts';
import { startByteProxy } from './byte-proxy.ts';
import { ctObject } from './ct-objects.ts';
import { openSockets } from './process-figures.ts';

export type HalfOpenRun = {
  readonly connections: number;
  /** Seconds until the process had given up every socket; NaN when it had not within the deadline. */
  readonly reapedAfterSeconds: number;
  /** What a good sender was answered meanwhile, on another connection. */
  readonly answerMeanwhile: string;
};

/** F-25: senders whose network dies in the middle of an object or a message: nothing comes any more, and no end of the connection either. */
export async function halfOpen(product: Product, each: number, deadlineSeconds: number): Promise<HalfOpenRun> {
  const quiet = openSockets(product.pid);
  const proxies = [await startByteProxy(product.ports.dicom), await startByteProxy(product.ports.mllp)];
  const object = ctObject('1.2.826.0.1.3680043.10.998.2', 'half');
  const association = associationOf({ ...object, dataSet: Buffer.from(object.dataSet), command: object }, () => 0);
  const firstParts = [association.subarray(0, association.length >> 1), Buffer.from('\x0bMSH|^~\\&|HALF|H|V|H|2026')];
  const sockets = proxies.flatMap(({ port }, index) =>
    Array.from({ length: each }, () => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.write(firstParts[index] ?? '');
      return socket;
    }),
  );
  await waitUntil(() => openSockets(product.pid) >= quiet + 2 * each, { what: 'the connections' });
  await delay(200);
  for (const proxy of proxies) proxy.goSilent();
  const begin = performance.now();
  const { answer } = await store(product.ports);
  const reapedAfterSeconds = await waitUntil(() => openSockets(product.pid) <= quiet, {
    deadlineMs: deadlineSeconds * 1_000,
    everyMs: 250,
  }).then(
    () => Math.round((performance.now() - begin) / 100) / 10,
    () => Number.NaN,
  );
  for (const socket of sockets) socket.destroy();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  return { connections: 2 * each, reapedAfterSeconds, answerMeanwhile: answer };
}
