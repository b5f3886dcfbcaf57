import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type DistributedProduct,
  describeWith,
  distributedServices,
  sharedKafka,
  sharedPostgres,
  sharedRedis,
  startDistributed,
  waitUntil,
} from '@voorrang/testing';
import { type Collector, startCollector } from './support/collector.ts';
import { canaries, ichRun, outPatient, ward } from './support/evening.ts';
import {
  curlRun,
  displayOf,
  escalationStory,
  expectNoPatientData,
  listStory,
  openAlerts,
  orderAfterPositive,
  pageStory,
  readingList,
  type Target,
  uidsOf,
} from './support/first-light.ts';
import { apiToken, request } from './support/product.ts';
import { senders, storyWith } from './support/story-with.ts';
import { startWebhook, type Webhook } from './support/webhook.ts';

const targetOf = (product: DistributedProduct): Target => ({
  base: product.base,
  ports: { http: Number(new URL(product.base).port), dicom: product.dicomPort, mllp: product.mllpPort },
  api: (method, path, body, as) => request(product.base, method, path, body, as),
  output: () => distributedServices.map((service) => product.output(service)).join('\n'),
});

const servers = [await sharedKafka(), await sharedRedis(), await sharedPostgres()] as const;

storyWith('distributed', senders, () => {
  // Only to find out whether there are such servers: the product gets its own, which the stories may kill.
  describeWith('first light with five processes on Kafka, Redis and PostgreSQL', servers, () => {
    let webhook: Webhook;
    let collector: Collector;
    let product: DistributedProduct;
    let target: Target;

    beforeAll(async () => {
      webhook = await startWebhook();
      collector = await startCollector();
      product = await startDistributed({
        environment: {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
          VOORRANG_API_TOKEN: apiToken,
          VOORRANG_ALERT_WEBHOOK_URL: webhook.url,
          VOORRANG_SETTLE_SECONDS: '2',
        },
      });
      target = targetOf(product);
    }, 180_000);
    afterAll(async () => {
      await product?.stop();
      await webhook?.close();
      await collector?.close();
    }, 60_000);

    /** The list of the API, or nothing while the front door or the store is away. */
    const listNow = () => readingList(target).catch(() => undefined);
    const sameListAgain = (what: string): Promise<unknown> =>
      waitUntil(
        async () => {
          const list = await listNow();
          return list?.state === 'current' && JSON.stringify(uidsOf(list)) === JSON.stringify(orderAfterPositive);
        },
        { deadlineMs: 60_000, what },
      );

    test('the list is re-ordered, the team is paged, and acknowledging stops the escalation', async () => {
      await listStory(target);
      const alert = await pageStory(target, webhook);
      const answer = await target.api('POST', `/api/v1/alerts/${alert.id}/acknowledge`, {}, 'dr.jansen');
      expect(answer).toMatchObject({ status: 200, body: { state: 'acknowledged', acknowledgedBy: 'dr.jansen' } });
      await expectNoPatientData(target);
    }, 120_000);

    test('one trace goes from the wire of the detector over Kafka to the page, without patient data', async () => {
      const traceOfPage = (): string | undefined =>
        /^00-([0-9a-f]{32})-/.exec(String(webhook.pages[0]?.headers.traceparent))?.[1];
      await waitUntil(() => traceOfPage() !== undefined, { what: 'a traceparent on the page' });
      const servicesOf = (): Set<string> =>
        new Set(collector.spans.filter(({ traceId }) => traceId === traceOfPage()).map(({ service }) => service));
      await waitUntil(
        () =>
          ['voorrang-ai-results', 'voorrang-notifier', 'voorrang-prioritisation'].every((name) =>
            servicesOf().has(name),
          ),
        {
          deadlineMs: 30_000,
          what: 'spans of three services in the trace of the page',
        },
      );
      for (const canary of [...canaries, outPatient.uid, outPatient.order.accession])
        expect(JSON.stringify(collector.spans)).not.toContain(canary);
    }, 60_000);

    test('losing Redis gives the same list, pages nobody twice, and a positive run recorded meanwhile still pages', async () => {
      const pagesBefore = webhook.pages.length;
      await product.server('redis').kill9();
      expect(await curlRun(target, ichRun('r-while-away', ward.uid, 'positive'))).toBe(202);
      await waitUntil(() => webhook.pages.length > pagesBefore, {
        deadlineMs: 30_000,
        what: 'a page while Redis is away',
      });
      await product.server('redis').restart();
      await waitUntil(
        async () => displayOf((await listNow()) ?? { state: '', total: 0, items: [] }, ward.uid) === 'positive',
        { deadlineMs: 60_000, what: 'the row after Redis came back' },
      );
      const list = await readingList(target);
      expect(new Set(uidsOf(list))).toEqual(new Set(orderAfterPositive));
      expect(list.items.find((row) => row.studyInstanceUid === ward.uid)).toMatchObject({ band: 1 });
      const keys = webhook.pages.map(({ body }) => body.idempotencyKey);
      expect(new Set(keys).size).toBe(keys.length);
      expect((await target.api('DELETE', '/api/v1/results/r-while-away')).status).toBeLessThan(300);
      await sameListAgain('the order before that run');
      await waitUntil(async () => (await openAlerts(target)).length === 0, {
        deadlineMs: 20_000,
        what: 'the recall of that alert',
      });
    }, 150_000);

    test.each(distributedServices)(
      '%s killed and started again: nothing is lost and nobody is paged twice',
      async (service) => {
        const before = webhook.pages.length;
        const open = (await openAlerts(target)).map(({ id }) => id).sort();
        await product.process(service).kill9();
        await product.restart(service);
        await sameListAgain(`the list after ${service} came back`);
        expect((await openAlerts(target)).map(({ id }) => id).sort()).toEqual(open);
        const keys = webhook.pages.slice(before).map(({ body }) => body.idempotencyKey);
        expect(webhook.pages.slice(0, before).filter(({ body }) => keys.includes(body.idempotencyKey))).toEqual([]);
        expect(uidsOf(await readingList(target))).toContain(outPatient.uid);
      },
      120_000,
    );
  });

  describeWith('without an acknowledgement, with five processes in sped-up time', servers, () => {
    test('the next steps and the fallback fire', async () => {
      const webhook = await startWebhook();
      const product = await startDistributed({
        environment: {
          VOORRANG_API_TOKEN: apiToken,
          VOORRANG_ALERT_WEBHOOK_URL: webhook.url,
          VOORRANG_TIME_SCALE: '60',
          VOORRANG_TIME_ORIGIN: new Date().toISOString(),
        },
      });
      try {
        await escalationStory(targetOf(product), webhook);
      } finally {
        await product.stop();
        await webhook.close();
      }
    }, 240_000);
  });
});
