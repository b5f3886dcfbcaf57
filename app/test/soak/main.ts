import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../src/demo/seeded-random.ts';
import { embeddedProduct, type Product } from '../stories/support/product.ts';
import { startWebhook } from '../stories/support/webhook.ts';
import { checkInvariants } from './invariants.ts';
import { Ledger, type Violation } from './ledger.ts';
import { acknowledgeSome, pause, sendStudies } from './load.ts';

/**
 * `npm run soak [-- --kills N --seed N]`: load on every port while the process is killed at random instants; then every invariant is checked against a ledger that
 * was kept outside. The result is written to `docs/soak/`.
 */
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(name);
  return at === -1 ? fallback : Number(process.argv[at + 1]);
};
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const kills = option('--kills', 200);
const seed = option('--seed', 1);
const senders = 3;

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
const startMs = await killRepeatedly(product);
stop.abort();
await Promise.all(load);
await quiet();

const violations = await checkInvariants(product, webhook.pages, ledger, kills);
await report(violations);
await product.stop();
await product.dispose();
await webhook.close();
process.exit(violations.length === 0 ? 0 : 1);

/** Waits until no page has come for three seconds, a minute at most: what was due while the process was down is sent now. */
async function quiet(): Promise<void> {
  for (let seen = -1, rounds = 0; seen !== webhook.pages.length && rounds < 20; rounds += 1) {
    seen = webhook.pages.length;
    await pause(3_000);
  }
}

async function killRepeatedly(target: Product): Promise<number[]> {
  const times: number[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    await pause(500 + random() * 2_500);
    await target.kill();
    const before = performance.now();
    await target.start();
    times.push(performance.now() - before);
    if (kill % 20 === 0)
      say(
        `${kill} kills; acknowledged so far: ${ledger.orders.size} orders, ${ledger.studies.size} studies, ${ledger.runs.size} runs; ${webhook.pages.length} pages`,
      );
  }
  return times;
}

async function report(found: readonly Violation[]): Promise<void> {
  const keys = webhook.pages.map(({ body }) => String(body.idempotencyKey));
  const result = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
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
    violations: found,
  };
  const directory = join(import.meta.dirname, '../../../docs/soak');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'embedded.json'), `${JSON.stringify(result, null, 2)}\n`);
  say(JSON.stringify(result, null, 2));
}
