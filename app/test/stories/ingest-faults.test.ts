import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isPositive } from '../faults/ask.ts';
import { fullDisk, whyNoSmallDisk } from '../faults/full-disk.ts';
import { idleSockets, slowSenders } from '../faults/hostile-sockets.ts';
import { Ledger } from '../soak/ledger.ts';
import { embeddedProduct, type Product } from './support/product.ts';
import { violationsInTheEnd } from './support/violations.ts';

/** Short forms; `npm run soak -- --faults` measures the long ones and writes them down. */
describe('senders that harm', () => {
  let product: Product;
  beforeAll(async () => {
    product = await embeddedProduct({ VOORRANG_LOG_LEVEL: 'error' });
    await product.start();
  }, 60_000);
  afterAll(() => product.dispose());

  test('two thousand idle sockets: a good sender is served within two seconds, and memory stays', async () => {
    const run = await idleSockets(product, 2_000);
    expect(run.answers).toEqual(['0000', 'AA']);
    expect(run.longestAnswerMs.otherAddress).toBeLessThan(2_000);
    expect(run.longestAnswerMs.sameAddress).toBeLessThan(2_000);
    expect(run.grownBytes).toBeLessThan(100 << 20);
  }, 60_000);

  test('senders of one byte a second hold nobody up', async () => {
    const run = await slowSenders(product, { senders: 20, goodSends: 25 });
    expect(run.answers).toEqual(['0000', 'AA']);
  }, 60_000);
});

const reason = whyNoSmallDisk();
(reason === undefined ? describe : describe.skip)(
  `a full disk${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    test('nothing is answered positively that is not kept, and all goes on when there is room again', async () => {
      const { before, full, product } = await fullDisk();
      try {
        expect(before.map(({ answer }) => answer)).toEqual(['0000', 'AA']);
        const refused = full.filter((one) => !isPositive(one));
        expect([...new Set(refused.map(({ answer }) => answer))].sort()).toEqual(['A700', 'AR']);
        const ledger = new Ledger();
        for (const { kind, name } of [...before, ...full].filter(isPositive))
          (kind === 'image' ? ledger.studies : ledger.orders).add(name);
        expect(await violationsInTheEnd(product, ledger)).toEqual([]);
      } finally {
        await product.dispose();
      }
    }, 90_000);
  },
);
