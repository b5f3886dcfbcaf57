import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { sqlReceipts } from '../../src/adapters/sql/sql-receipts.ts';
import type { ReceiptStore } from '../../src/application/ports.ts';
import type { GivenDatabase } from './engines.ts';

const receipt = (key: string, at: number, content = `content of ${key}`) => ({ key, content, at });

/** The laws of the store of receipts, for every database engine. */
export function receiptsContract(name: string, open: () => Promise<GivenDatabase>): void {
  describe(`receipts on ${name}`, () => {
    let given: GivenDatabase;
    let store: ReceiptStore;
    beforeEach(async () => {
      given = await open();
      store = sqlReceipts(await given.provider.open<IngestSchema>(serviceName, ingestMigrations));
    });
    afterEach(() => given.dispose());

    test('the newest come back oldest first, with their warnings', async () => {
      const warned = { ...receipt('c', 3), warnings: [{ condition: 103, text: 'a code that is not known' }] };
      await store.keep([receipt('a', 1), receipt('b', 2), warned]);
      expect(await store.newest(2)).toEqual([receipt('b', 2), warned]);
    });

    test('of one message the latest receipt counts, in whatever order and however often they come', async () => {
      await store.keep([receipt('a', 1), receipt('a', 5)]);
      await store.keep([receipt('a', 3)]);
      await store.keep([receipt('a', 5)]);
      expect(await store.newest(9)).toEqual([receipt('a', 5)]);
    });

    test('a control id that had two contents keeps both', async () => {
      await store.keep([receipt('a', 1, 'first'), receipt('a', 2, 'second')]);
      expect(await store.newest(9)).toEqual([receipt('a', 1, 'first'), receipt('a', 2, 'second')]);
    });

    test('nothing to keep is no mistake', async () => {
      await store.keep([]);
      expect(await store.newest(9)).toEqual([]);
    });

    test('what is too old or too much goes', async () => {
      await store.keep(Array.from({ length: 20 }, (_, n) => receipt(`k${n}`, n)));
      await store.purge(5, 100);
      expect((await store.newest(99)).map(({ at }) => at)).toEqual(Array.from({ length: 15 }, (_, n) => n + 5));
      await store.purge(0, 4);
      expect((await store.newest(99)).map(({ at }) => at)).toEqual([16, 17, 18, 19]);
    });
  });
}
