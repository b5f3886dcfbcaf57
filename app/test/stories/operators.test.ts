import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Operation, Row, SenderStatus } from '@voorrang/contracts';
import { type TempDirectory, tempDirectory, waitUntil } from '@voorrang/testing';
import type { Browser, Page } from 'playwright-core';
import { makeCt, storescu } from './support/dicom.ts';
import { orderMessage, sendHl7 } from './support/mllp.ts';
import { browserPrograms, dutch, openBrowser, screenshot } from './support/open-browser.ts';
import { apiToken, embeddedProduct, type Product } from './support/product.ts';
import { storyWith } from './support/story-with.ts';

const uid = '1.2.826.0.1.3680043.9.7.77';
const order = orderMessage({
  controlId: 'OP-1',
  filler: 'F77',
  accession: 'ACC77',
  patientId: '7700077',
  name: 'Kanariepiet^Operatie',
  patientClass: 'E',
  location: 'SEH',
  priority: 'S',
  procedure: 'CT hersenen',
  visit: 'V77',
});
/** As a RIS sends it that forgot the numbers of the order. */
const unusable = order.map((segment) => segment.replace('|PF77|F77|', '|||'));

storyWith('what did not come, for operators', ['storescu', 'dcmodify', ...browserPrograms], () => {
  let protocol: TempDirectory;
  let product: Product;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    protocol = await tempDirectory('voorrang-protocol-');
    await cp(join(import.meta.dirname, '../../../deploy/protocol'), protocol.path, { recursive: true });
    const senders = join(protocol.path, 'senders.yaml');
    const text = await readFile(senders, 'utf8');
    const watched = text.replace(
      '{ application: RIS, facility: HOSPITAL,',
      '{ application: RIS, facility: HOSPITAL, heartbeat: { kind: set, hours: [{ fromHour: 0, toHour: 24, silence: 15 min }] },',
    );
    expect(watched).not.toBe(text);
    await writeFile(senders, watched);
    product = await embeddedProduct({
      VOORRANG_POLICY_DIR: protocol.path,
      VOORRANG_SETTLE_SECONDS: '60',
      VOORRANG_TIME_SCALE: '60',
    });
    await product.start();
    ({ browser, page } = await openBrowser());
    await page.goto(`${product.base}/sign-in#token=${apiToken}`);
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await product?.dispose();
    await protocol?.remove();
  });

  const banner = () => page.locator('.operations-banner');
  const ordersOfStudy = async (): Promise<number> =>
    (await product.api<{ orders: unknown[] }>('GET', `/api/v1/studies/${uid}`)).body.orders.length;
  const kinds = async (): Promise<string[]> => {
    const { items } = (await product.api<{ items: Operation[] }>('GET', '/api/v1/operations?site=EX')).body;
    return items.filter(({ clearedAt }) => clearedAt === null).map(({ kind }) => kind);
  };

  test('a refused message is found, corrected and replayed, and its study gets its order', async () => {
    const files = await tempDirectory('voorrang-ct-');
    const file = await makeCt(files.path, {
      studyInstanceUid: uid,
      series: 1,
      instance: 1,
      accession: 'ACC77',
      patientId: '7700077',
      name: 'Kanariepiet^Operatie',
      bodyPart: 'HEAD',
      description: 'CT hersenen',
    });
    await storescu(product.ports.dicom, [file]);
    await files.remove();
    expect(await sendHl7(product.ports.mllp, unusable)).toMatch(/\rMSA\|AE\|OP-1/);
    await page.locator('tr[data-study-id]').first().waitFor();
    expect(await ordersOfStudy()).toBe(0);

    await banner()
      .getByText(/bericht in quarantaine/)
      .waitFor();
    await page.keyboard.press('q');
    await page.locator('tr[data-quarantine-id] a').first().click();
    await page.locator('.segment-wrong mark').first().waitFor();
    await page.screenshot({ path: screenshot('quarantine.png'), fullPage: true });
    expect(await page.title()).toBe('Voorrang');
    expect(page.url()).not.toMatch(/7700077|ACC77|Kanarie/);

    const replay = page.getByRole('button', { name: /verwerken/ });
    await replay.click();
    await page.locator('.not-sent').waitFor();
    const area = page.locator('textarea');
    await area.fill(
      (await area.inputValue()).replace('ORC|NW|||', 'ORC|NW|PF77|F77|').replace('OBR|1|||', 'OBR|1|PF77|F77|'),
    );
    await page.getByRole('button', { name: 'Verbeterd verwerken' }).click();
    await page.locator('main[data-quarantine-state="replayed"]').waitFor();
    await waitUntil(async () => (await ordersOfStudy()) === 1, { deadlineMs: 10_000, what: 'the order at its study' });
    const { body } = await product.api<{ items: Row[] }>('GET', '/api/v1/worklist?site=EX');
    expect(body.items[0]).toMatchObject({ studyInstanceUid: uid, orderPriority: 'stat' });
    await waitUntil(async () => !(await kinds()).includes('quarantine'), { what: 'the end of the notice' });
  }, 60_000);

  test('a sender falls silent and is heard again, and the banner comes and goes on every page but the alert on a phone', async () => {
    await page.goto(`${product.base}/`);
    await banner()
      .getByText(/RIS\|HOSPITAL \(HL7\) zwijgt langer dan gewoonlijk/)
      .waitFor({ timeout: 40_000 });
    await page.screenshot({ path: screenshot('operations-banner.png') });
    const phone = await browser.newPage({
      viewport: { width: 390, height: 844 },
      ...dutch,
      storageState: await page.context().storageState(),
    });
    await phone.goto(`${product.base}/alerts/00000000000000000000000000`);
    await phone.locator('main').waitFor();
    expect(await phone.locator('.operations-banner').count()).toBe(0);
    await phone.close();

    await page.keyboard.press('o');
    const line = page.locator('tr[data-sender="hl7 RIS|HOSPITAL"]');
    await line.getByText('ZWIJGT').waitFor();
    await page.screenshot({ path: screenshot('operations.png'), fullPage: true });
    const metrics = await (await fetch(`${product.base}/metrics`)).text();
    expect(metrics).toMatch(/voorrang_ingest_sender_silent\{sender="hl7 RIS\|HOSPITAL"\} 1/);
    expect(metrics).toMatch(/voorrang_ingest_operations_open\{kind="sender-silent",site="EX"\} 1/);

    await page.goto(`${product.base}/`);
    await banner().waitFor();
    expect(
      await sendHl7(
        product.ports.mllp,
        order.map((segment) => segment.replace('OP-1', 'OP-2')),
      ),
    ).toMatch(/MSA\|AA/);
    await banner().waitFor({ state: 'detached', timeout: 20_000 });
    const senders = (await product.api<{ items: SenderStatus[] }>('GET', '/api/v1/senders')).body.items;
    expect(senders.find(({ name }) => name === 'RIS|HOSPITAL')).toMatchObject({
      silent: false,
      watched: true,
      tls: false,
      expectedSilenceMs: 900_000,
    });
  }, 90_000);
});
