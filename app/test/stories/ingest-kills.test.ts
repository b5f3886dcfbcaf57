import { afterAll, expect, test } from '@jest/globals';
import { killAtRandomBytes } from '../faults/kill-at-bytes.ts';
import { factsOf } from './support/facts.ts';
import { embeddedProduct } from './support/product.ts';
import { violationsInTheEnd } from './support/violations.ts';

const kills = 25;
const product = await embeddedProduct({ VOORRANG_SETTLE_SECONDS: '2', VOORRANG_LOG_LEVEL: 'error' });

afterAll(() => product.dispose());

/** `npm run soak -- --fault-kills 200` runs the long one. */
test(`killed ${kills} times at random bytes of what senders write, nothing that was acknowledged is lost or stands there twice`, async () => {
  await product.start();
  const { ledger, kills: done } = await killAtRandomBytes(product, { kills, seed: 20261123 });
  expect(done.dicom + done.mllp).toBe(kills);
  expect(await violationsInTheEnd(product, ledger, kills)).toEqual([]);

  await product.stop();
  const observed = (await factsOf(product.dataDirectory)).filter(({ type }) => type === 'series.observed.v1');
  const studies = new Set(observed.map(({ data }) => data.studyInstanceUid));
  expect([...ledger.studies].filter((uid) => !studies.has(uid))).toEqual([]);
  process.stdout.write(
    `${ledger.studies.size} studies and ${ledger.orders.size} orders acknowledged, ${ledger.refused} attempts failed\n`,
  );
}, 120_000);
