import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  escalationStory,
  expectNoPatientData,
  listStory,
  orderAfterPositive,
  pageStory,
  readingList,
  uidsOf,
} from './support/first-light.ts';
import { embeddedProduct, type Product } from './support/product.ts';
import { senders, storyWith } from './support/story-with.ts';
import { startWebhook, type Webhook } from './support/webhook.ts';

storyWith('first light, embedded: from scanner to a re-ordered list and a phone', senders, () => {
  let webhook: Webhook;
  let product: Product;

  beforeEach(async () => {
    webhook = await startWebhook();
    product = await embeddedProduct({ VOORRANG_ALERT_WEBHOOK_URL: webhook.url, VOORRANG_SETTLE_SECONDS: '2' });
  });
  afterEach(async () => {
    await product.dispose();
    await webhook.close();
  });

  test('a positive run moves one row, pages the team, and acknowledging stops the escalation', async () => {
    await product.start();
    await listStory(product);
    const alert = await pageStory(product, webhook);

    const first = await product.api(
      'POST',
      `/api/v1/alerts/${alert.id}/acknowledge`,
      { note: 'on my way' },
      'dr.jansen',
    );
    expect(first).toMatchObject({ status: 200, body: { state: 'acknowledged', acknowledgedBy: 'dr.jansen' } });
    expect((await product.api('POST', `/api/v1/alerts/${alert.id}/acknowledge`, {}, 'dr.jansen')).status).toBe(200);
    const after = await product.api<{ steps: { state: string }[] }>('GET', `/api/v1/alerts/${alert.id}`);
    expect(after.body.steps.filter(({ state }) => state === 'pending')).toEqual([]);

    await product.kill();
    await product.start();
    expect(uidsOf(await readingList(product))).toEqual(orderAfterPositive);
    expect(await product.api('GET', `/api/v1/alerts/${alert.id}`)).toMatchObject({ body: { state: 'acknowledged' } });
    await expectNoPatientData(product);
  }, 90_000);

  test('without an acknowledgement the next steps and the fallback fire', async () => {
    await product.start({ VOORRANG_TIME_SCALE: '60' });
    await escalationStory(product, webhook);
  }, 120_000);
});
