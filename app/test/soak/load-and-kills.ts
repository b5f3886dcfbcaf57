import { seededRandom } from '../../src/demo/seeded-random.ts';
import { embeddedProduct, type Product } from '../stories/support/product.ts';
import { startWebhook, type Webhook } from '../stories/support/webhook.ts';
import { checkInvariants } from './invariants.ts';
import { Ledger, type Violation } from './ledger.ts';
import { acknowledgeSome, pause, sendStudies } from './load.ts';
import { say, writeResult } from './write-result.ts';

const senders = 3;

/**
 * Load on every port while the process is killed at random instants; then every invariant is checked against a ledger that was kept outside.
 * Resolves with whether all held.
 */
export async function loadAndKills({
  kills,
  seed,
}: {
  readonly kills: number;
  readonly seed: number;
}): Promise<boolean> {
  const random = seededRandom(seed);
  const webhook = await startWebhook();
  const product = await embeddedProduct({
    VOORRANG_ALERT_WEBHOOK_URL: webhook.url,
    VOORRANG_SETTLE_SECONDS: '2',
    VOORRANG_LOG_LEVEL: 'error',
  });
  const ledger = new Ledger();
  const stop = new AbortController();
  const begin = Date.now();
  await product.start();

  const root = `1.2.826.0.1.3680043.10.999.${begin}`;
  const load = [
    ...Array.from({ length: senders }, (_, index) =>
      sendStudies(product, `${root}.${index + 1}`, ledger, seededRandom(seed + index + 1), stop.signal),
    ),
    acknowledgeSome(product, ledger, seededRandom(seed + 100), stop.signal),
  ];
  const startMs = await killRepeatedly({ product, kills, random, ledger, webhook });
  stop.abort();
  await Promise.all(load);
  await quiet(webhook);

  const violations = await checkInvariants(product, webhook.pages, ledger, kills);
  await report({ kills, seed, begin, startMs, ledger, webhook, violations });
  await product.stop();
  await product.dispose();
  await webhook.close();
  return violations.length === 0;
}

/** Waits until no page has come for three seconds, a minute at most: what was due while the process was down is sent now. */
async function quiet(webhook: Webhook): Promise<void> {
  for (let seen = -1, rounds = 0; seen !== webhook.pages.length && rounds < 20; rounds += 1) {
    seen = webhook.pages.length;
    await pause(3_000);
  }
}

type Killing = {
  readonly product: Product;
  readonly kills: number;
  readonly random: () => number;
  readonly ledger: Ledger;
  readonly webhook: Webhook;
};

async function killRepeatedly({ product, kills, random, ledger, webhook }: Killing): Promise<number[]> {
  const times: number[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    await pause(500 + random() * 2_500);
    await product.kill();
    const before = performance.now();
    await product.start();
    times.push(performance.now() - before);
    if (kill % 20 === 0)
      say(
        `${kill} kills; acknowledged so far: ${ledger.orders.size} orders, ${ledger.studies.size} studies, ${ledger.runs.size} runs; ${webhook.pages.length} pages`,
      );
  }
  return times;
}

type Run = {
  readonly kills: number;
  readonly seed: number;
  readonly begin: number;
  readonly startMs: readonly number[];
  readonly ledger: Ledger;
  readonly webhook: Webhook;
  readonly violations: readonly Violation[];
};

async function report({ kills, seed, begin, startMs, ledger, webhook, violations }: Run): Promise<void> {
  const keys = webhook.pages.map(({ body }) => String(body.idempotencyKey));
  await writeResult('embedded', {
    profile: 'embedded',
    seed,
    kills,
    minutes: Math.round((Date.now() - begin) / 6_000) / 10,
    answeredPositively: {
      orders: ledger.orders.size,
      studies: ledger.studies.size,
      runs: ledger.runs.size,
      acknowledgements: ledger.acknowledged.size,
    },
    answeredNegativelyOrNotAtAll: ledger.refused,
    pages: keys.length,
    pagesRepeatedWithTheSameKey: keys.length - new Set(keys).size,
    readyAgainAfterMs: {
      median: Math.round([...startMs].sort((a, b) => a - b)[Math.floor(startMs.length / 2)] ?? 0),
      longest: Math.round(Math.max(...startMs)),
    },
    violations,
  });
}
