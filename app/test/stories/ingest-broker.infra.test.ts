import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type DistributedProduct,
  describeWith,
  sharedKafka,
  sharedPostgres,
  sharedRedis,
  startDistributed,
} from '@voorrang/testing';
import { type Asked, isPositive, order, store } from '../faults/ask.ts';
import { Ledger } from '../soak/ledger.ts';
import { apiToken, request } from './support/product.ts';
import { violationsInTheEnd } from './support/violations.ts';

const servers = [await sharedKafka(), await sharedRedis(), await sharedPostgres()] as const;

// Only to find out whether there are such servers: the product gets its own, which the story may kill.
describeWith('Kafka away', servers, () => {
  let product: DistributedProduct;
  const ledger = new Ledger();
  const note = (asked: Asked): Asked => {
    if (isPositive(asked)) (asked.kind === 'image' ? ledger.studies : ledger.orders).add(asked.name);
    return asked;
  };
  beforeAll(async () => {
    product = await startDistributed({
      environment: { VOORRANG_API_TOKEN: apiToken, VOORRANG_SETTLE_SECONDS: '2', VOORRANG_SPOOL_LIMIT_MB: '1' },
    });
  }, 180_000);
  afterAll(() => product?.stop(), 60_000);

  test('senders notice nothing until the limit of the spool, then they are told; nothing that was acknowledged is lost', async () => {
    const ports = { http: 0, dicom: product.dicomPort, mllp: product.mllpPort };
    const both = async (): Promise<Asked[]> => [note(await store(ports)), note(await order(ports))];
    expect((await both()).every(isPositive)).toBe(true);

    await product.server('kafka').kill9();
    const away: Asked[] = [];
    for (let n = 0; n < 20; n += 1) away.push(...(await both()));
    expect(away.filter((asked) => !isPositive(asked))).toEqual([]);

    const refusals = new Set<string>();
    for (let n = 0; n < 5_000 && refusals.size < 2; n += 1)
      for (const asked of await both()) if (!isPositive(asked)) refusals.add(asked.answer);
    expect([...refusals].sort()).toEqual(['A700', 'AR']);

    await product.server('kafka').restart();
    expect(await untilTaken(both)).toBe(true);
    const reader = { api: <T>(method: string, path: string) => request<T>(product.base, method, path) };
    expect(await violationsInTheEnd(reader, ledger, 0, 60_000)).toEqual([]);
  }, 180_000);
});

/** The relay tries again within its longest pause; then there is room. */
async function untilTaken(both: () => Promise<Asked[]>): Promise<boolean> {
  for (const until = performance.now() + 60_000; performance.now() < until; )
    if ((await both()).every(isPositive)) return true;
  return false;
}
