import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { embeddedProduct, type Product } from '../stories/support/product.ts';
import { type Asked, isPositive, order, store } from './ask.ts';

const megabytes = 48;

/** Runs a program with its data directory on a small file system of its own (tmpfs in a namespace); needs no rights on most machines. */
const onSmallDisk = (directory: string): readonly string[] => [
  'unshare',
  '-Urm',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && exec "$@"`,
  directory,
];

/** Why a small disk cannot be made here, or undefined. */
export function whyNoSmallDisk(): string | undefined {
  const { status, stderr } = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `no small disk can be made here: ${stderr?.trim() ?? 'no unshare'}`;
}

export type FullDiskRun = {
  readonly before: readonly Asked[];
  /** Answers while there is no room. */
  readonly full: readonly Asked[];
  readonly healthWhileFull: string;
  /** Milliseconds from the moment in which there was room again to the first positive answer of both ports. */
  readonly recoveredAfterMs: number;
  readonly product: Product;
};

/** F-20: the disk of the data directory is full, then there is room again. The caller disposes of the product. */
export async function fullDisk(): Promise<FullDiskRun> {
  const product = await embeddedProduct({ VOORRANG_SETTLE_SECONDS: '2', VOORRANG_LOG_LEVEL: 'error' }, onSmallDisk);
  await product.start();
  const inside = `/proc/${product.pid}/root${product.dataDirectory}`;
  const before = [await store(product.ports), await order(product.ports)];
  await fill(inside);
  const full: Asked[] = [];
  // what was set aside in advance takes a few more; then there is no room for anything
  for (let n = 0; n < 400 && refusals(full) < 10; n += 1)
    full.push(await store(product.ports), await order(product.ports));
  const healthWhileFull = await (await fetch(`${product.base}/health/ready`)).text();
  await rm(join(inside, 'filler'));
  const begin = performance.now();
  const recovered = async (): Promise<boolean> =>
    isPositive(await store(product.ports)) && isPositive(await order(product.ports));
  await waitUntil(recovered, { deadlineMs: 60_000, everyMs: 100, what: 'positive answers after there was room again' });
  return { before, full, healthWhileFull, recoveredAfterMs: performance.now() - begin, product };
}

const refusals = (asked: readonly Asked[]): number => asked.filter((one) => !isPositive(one)).length;

/** Takes the whole of a file system, block by block at the end. */
async function fill(directory: string): Promise<void> {
  for (let size = megabytes << 20; size >= 4_096; size >>= 1)
    for (let full = false; !full; )
      full = await writeFile(join(directory, 'filler'), Buffer.alloc(size), { flag: 'a' }).then(
        () => false,
        () => true,
      );
}
