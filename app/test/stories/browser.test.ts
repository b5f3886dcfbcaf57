import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitUntil } from '@voorrang/testing';
import type { Browser, Page } from 'playwright-core';
import { cases, ichRun, outPatient } from './support/evening.ts';
import {
  curlRun,
  expectedOrder,
  openAlerts,
  orderAfterPositive,
  readingList,
  sendEvening,
  uidsOf,
} from './support/first-light.ts';
import { browserPrograms, dutch, openBrowser, screenshot } from './support/open-browser.ts';
import { apiToken, embeddedProduct, type Product } from './support/product.ts';
import { senders, storyWith } from './support/story-with.ts';
import { startWebhook, type Webhook } from './support/webhook.ts';

const programs = [...senders, ...browserPrograms];

storyWith('first light in a browser', programs, () => {
  let webhook: Webhook;
  let product: Product;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    webhook = await startWebhook();
    product = await embeddedProduct({ VOORRANG_ALERT_WEBHOOK_URL: webhook.url, VOORRANG_SETTLE_SECONDS: '2' });
    await product.start();
    ({ browser, page } = await openBrowser());
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await product?.dispose();
    await webhook?.close();
  });

  /** Study ids of the rows on the screen, in their order. */
  const shown = (): Promise<string[]> =>
    page.locator('tr[data-study-id]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-study-id') ?? ''));
  const idsOf = async (uids: readonly (string | undefined)[]): Promise<string[]> => {
    const { items } = await readingList(product);
    return uids.map((uid) => items.find((row) => row.studyInstanceUid === uid)?.studyId ?? '');
  };

  test('signing in by the link shows the list, and the row of a positive run moves without a reload', async () => {
    await sendEvening(product);
    await page.goto(`${product.base}/sign-in#token=${apiToken}`);
    await page
      .locator('tr[data-study-id]')
      .nth(cases.length - 1)
      .waitFor();
    expect(page.url()).not.toContain(apiToken);
    expect(await shown()).toEqual(await idsOf(expectedOrder));
    await page.screenshot({ path: screenshot('before.png') });

    await page.evaluate(() => Object.assign(globalThis, { sinceTheLoad: true }));
    expect(await curlRun(product, ichRun('r-browser', outPatient.uid, 'positive'))).toBe(202);
    const wanted = await idsOf(orderAfterPositive);
    await waitUntil(async () => JSON.stringify(await shown()) === JSON.stringify(wanted), {
      deadlineMs: 10_000,
      what: 'the row at its new place',
    });
    expect(await page.evaluate(() => 'sinceTheLoad' in globalThis)).toBe(true);
    const row = page.locator('tr[data-study-id]').nth(2);
    expect(await row.textContent()).toMatch(/mogelijke hersenbloeding/);
    expect(await row.getAttribute('data-rank')).toBe('3');
    await page.screenshot({ path: screenshot('reading-list.png') });
    expect(uidsOf(await readingList(product))).toEqual(orderAfterPositive);
  }, 60_000);

  test('a study page shows its timeline without any identifier of the patient in the address', async () => {
    const [id] = await idsOf([outPatient.uid]);
    await page.goto(`${product.base}/studies/${id}`);
    await page.getByText('Kanariepiet').first().waitFor();
    expect(await page.locator('main').textContent()).toMatch(/example-ich/);
    expect(page.url()).not.toContain(outPatient.uid);
    await page.screenshot({ path: screenshot('study.png'), fullPage: true });
  }, 30_000);

  test('the alert is answered on the phone page, and the escalation stops', async () => {
    const alert = (await openAlerts(product)).at(0);
    expect(alert).toBeDefined();
    const phone = await browser.newPage({
      viewport: { width: 390, height: 844 },
      ...dutch,
      storageState: await page.context().storageState(),
    });
    await phone.goto(`${product.base}/alerts/${alert?.id}`);
    const acknowledge = phone.getByRole('button', { name: /bevestig|ik kom|overnemen|gezien/i }).first();
    await acknowledge.waitFor();
    await phone.screenshot({ path: screenshot('alert-phone.png') });
    await acknowledge.click();
    await waitUntil(
      async () =>
        (await product.api<{ state: string }>('GET', `/api/v1/alerts/${alert?.id}`)).body.state === 'acknowledged',
      { what: 'the acknowledgement' },
    );
    await page.goto(`${product.base}/alerts`);
    await page.locator('main').waitFor();
    await page.screenshot({ path: screenshot('alerts.png') });
    await phone.close();
  }, 30_000);

  test('a browser that lost the service says so', async () => {
    await page.goto(`${product.base}/`);
    await page.locator('tr[data-study-id]').first().waitFor();
    await product.kill();
    await page
      .getByText(/GEEN VERBINDING/)
      .first()
      .waitFor({ timeout: 20_000 });
    await page.screenshot({ path: screenshot('stale.png') });
  }, 40_000);
});
