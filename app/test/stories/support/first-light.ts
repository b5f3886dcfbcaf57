import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { Alert, Row } from '@voorrang/contracts';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { makeCt, storescu } from './dicom.ts';
import { canaries, cases, ichRun, outPatient, ward } from './evening.ts';
import { orderMessage, sendHl7 } from './mllp.ts';
import { apiToken, type Product } from './product.ts';
import type { Webhook } from './webhook.ts';

const run = promisify(execFile);

/** What a story needs of a running product, in whichever profile. */
export type Target = Pick<Product, 'ports' | 'base' | 'api' | 'output'>;

type List = { readonly state: string; readonly total: number; readonly items: readonly Row[] };

export const readingList = async (product: Target): Promise<List> =>
  (await product.api<List>('GET', '/api/v1/worklist?site=EX&limit=100')).body;
export const uidsOf = (list: List): (string | null)[] => list.items.map((row) => row.studyInstanceUid);
export const openAlerts = async (product: Target): Promise<readonly Alert[]> =>
  (await product.api<{ items: Alert[] }>('GET', '/api/v1/alerts?state=open')).body.items;

export const expectedOrder = cases.map(({ uid }) => uid);
/** The out-patient with the positive run stands behind both acute studies by human order and before everything else. */
export const orderAfterPositive = [0, 1, 4, 2, 3].map((index) => cases[index]?.uid);

const imagesInOrderOfArrival = [4, 3, 2, 0, 1].map((index) => cases[index] as (typeof cases)[number]);

/** Orders over raw MLLP, then images by `storescu`; resolves when all five rows stand in their expected order. */
export async function sendEvening(product: Target): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'voorrang-ct-'));
  try {
    for (const { order } of cases)
      expect(await sendHl7(product.ports.mllp, orderMessage(order))).toMatch(/\rMSA\|AA\|ORD[0-9]/);
    // The least urgent first, so that nothing stands right only because it came first; inside a band the earlier one is due earlier.
    for (const { objects } of imagesInOrderOfArrival) {
      const files = await Promise.all(objects.map((object) => makeCt(directory, object)));
      await storescu(product.ports.dicom, files);
    }
    await waitUntil(async () => (await readingList(product)).items.length === cases.length, {
      deadlineMs: 15_000,
      what: 'five rows on the list',
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Posts a run with `curl`, as a detector's integrator would try it; resolves with the status. */
export async function curlRun(product: Target, body: Record<string, unknown>): Promise<number> {
  const { stdout } = await run('curl', [
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '-X',
    'POST',
    '-H',
    `Authorization: Bearer ${apiToken}`,
    '-H',
    'Content-Type: application/json',
    '-d',
    JSON.stringify(body),
    `${product.base}/api/v1/results`,
  ]);
  return Number(stdout);
}

/** Display of the example ICH detector on a study of the list. */
export const displayOf = (list: List, uid: string): string | undefined =>
  list.items.find((row) => row.studyInstanceUid === uid)?.ai.find((ai) => ai.detector === 'example-ich')?.display;

/** Part one of the story: a negative run changes no position, a positive one moves exactly one row. */
export async function listStory(product: Target): Promise<void> {
  await sendEvening(product);
  expect(uidsOf(await readingList(product))).toEqual(expectedOrder);

  expect(await curlRun(product, ichRun('r-negative', ward.uid, 'negative'))).toBe(202);
  await waitUntil(async () => displayOf(await readingList(product), ward.uid) === 'negative', {
    deadlineMs: 10_000,
    what: 'the negative display',
  });
  expect(uidsOf(await readingList(product))).toEqual(expectedOrder);

  expect(await curlRun(product, ichRun('r-positive', outPatient.uid, 'positive'))).toBe(202);
  await waitUntil(async () => displayOf(await readingList(product), outPatient.uid) === 'positive', {
    deadlineMs: 10_000,
    what: 'the positive display',
  });
  const after = await readingList(product);
  expect(uidsOf(after)).toEqual(orderAfterPositive);
  expect(after.items.map((row) => row.rank)).toEqual([1, 2, 3, 4, 5]);
  const raised = after.items[2];
  expect(raised).toMatchObject({ rank: 3, rankWithoutAi: 5, urgencyClass: 'acute', band: 1 });
  expect(raised?.reasons.some((reason) => reason.text.nl.length > 0 && reason.text.en.length > 0)).toBe(true);
}

/** Part two: the page reaches the webhook with its documented fields and nothing of the patient. */
export async function pageStory(product: Target, webhook: Webhook): Promise<Alert> {
  await waitUntil(() => webhook.pages.length > 0, { deadlineMs: 20_000, what: 'a page at the webhook' });
  for (const { body, text, headers } of webhook.pages) {
    expect(Object.keys(body).sort()).toEqual([
      'alertId',
      'idempotencyKey',
      'recipient',
      'sentAt',
      'severity',
      'site',
      'stepIndex',
      'team',
      'url',
    ]);
    for (const canary of [...canaries, outPatient.uid, outPatient.order.accession])
      expect(text + JSON.stringify(headers)).not.toContain(canary);
  }
  const alerts = await openAlerts(product);
  expect(alerts.length).toBeGreaterThan(0);
  const alert = alerts.find(({ id }) => id === webhook.pages[0]?.body.alertId);
  expect(alert).toMatchObject({ state: 'open', site: 'EX' });
  return alert as Alert;
}

/** Nothing of the patient in what the process wrote or serves without sign-in. */
export async function expectNoPatientData(product: Target): Promise<void> {
  const metrics = await (await fetch(`${product.base}/metrics`)).text();
  const health = await (await fetch(`${product.base}/health/ready`)).text();
  for (const canary of canaries)
    for (const text of [product.output(), metrics, health]) expect(text).not.toContain(canary);
}

/** Part three, in sped-up time: nobody acknowledges, so the next steps page on, and the switchboard is the end of the ladder. */
export async function escalationStory(product: Target, webhook: Webhook): Promise<void> {
  await listStory(product);
  const { id } = await pageStory(product, webhook);
  await waitUntil(
    async () => (await product.api<{ state: string }>('GET', `/api/v1/alerts/${id}`)).body.state === 'fallback-reached',
    { deadlineMs: 40_000, what: 'the terminal fallback' },
  );
  const mine = webhook.pages.filter((page) => page.body.alertId === id);
  expect(new Set(mine.map((page) => page.body.stepIndex)).size).toBeGreaterThan(1);
  expect(mine.some((page) => page.body.recipient === 'switchboard')).toBe(true);
  expect(new Set(mine.map((page) => page.body.idempotencyKey)).size).toBe(mine.length);
  expect(await openAlerts(product)).not.toContainEqual(expect.objectContaining({ id }));
}
