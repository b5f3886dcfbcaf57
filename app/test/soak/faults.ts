import { isPositive, percentileOf } from '../faults/ask.ts';
import { fullDisk, whyNoSmallDisk } from '../faults/full-disk.ts';
import { halfOpen } from '../faults/half-open.ts';
import { idleSockets, slowSenders } from '../faults/hostile-sockets.ts';
import { killAtRandomBytes } from '../faults/kill-at-bytes.ts';
import { embeddedProduct } from '../stories/support/product.ts';
import { violationsInTheEnd } from '../stories/support/violations.ts';
import { Ledger } from './ledger.ts';
import { say, writeResult } from './write-result.ts';

const quietLog = { VOORRANG_LOG_LEVEL: 'error', VOORRANG_SETTLE_SECONDS: '2' };

/** The faults of senders, networks and disks in their long form, measured. Resolves with whether every promise held. */
export async function faults({ kills, seed }: { readonly kills: number; readonly seed: number }): Promise<boolean> {
  say(`${kills} kills at random bytes`);
  const killed = await killing(kills, seed);
  say('a full disk');
  const disk = await filled();
  say('idle, slow and half-open connections; the timers of the listeners take minutes');
  const product = await embeddedProduct(quietLog);
  await product.start();
  const idle = await idleSockets(product, 2_000);
  const half = await halfOpen(product, 10, 400);
  const slow = await slowSenders(product, { senders: 20, goodSends: 200, waitSeconds: 900 });
  await product.dispose();
  await writeResult('faults', {
    seed,
    killsAtRandomBytes: killed,
    fullDisk: disk,
    idleSockets: idle,
    halfOpen: half,
    slowSenders: slow,
  });
  return (
    killed.violations.length === 0 &&
    (disk.skipped !== undefined || disk.violations.length === 0) &&
    idle.answers.join() === '0000,AA' &&
    half.reapedAfterSeconds <= 60
  );
}

async function killing(kills: number, seed: number) {
  const product = await embeddedProduct(quietLog);
  await product.start();
  const { ledger, kills: done, readyAgainMs, slowStarts, seconds } = await killAtRandomBytes(product, { kills, seed });
  const violations = await violationsInTheEnd(product, ledger, kills);
  await product.dispose();
  const sorted = [...readyAgainMs].sort((a, b) => a - b);
  return {
    kills: done,
    minutes: Math.round(seconds / 6) / 10,
    acknowledged: { studies: ledger.studies.size, orders: ledger.orders.size },
    attemptsWithoutPositiveAnswer: ledger.refused,
    readyAgainAfterMs: { median: Math.round(sorted[sorted.length >> 1] ?? 0), longest: Math.round(sorted.at(-1) ?? 0) },
    startsNotReadyWithin20s: slowStarts,
    violations,
  };
}

async function filled() {
  const skipped = whyNoSmallDisk();
  if (skipped !== undefined) return { skipped, violations: [] };
  const { before, full, recoveredAfterMs, product } = await fullDisk();
  const ledger = new Ledger();
  for (const { kind, name } of [...before, ...full].filter(isPositive))
    (kind === 'image' ? ledger.studies : ledger.orders).add(name);
  const violations = await violationsInTheEnd(product, ledger);
  await product.dispose();
  const refused = full.filter((one) => !isPositive(one));
  return {
    acknowledgedUntilFull: full.length - refused.length,
    refusals: Object.fromEntries(
      Object.entries(Object.groupBy(refused, ({ answer }) => answer)).map(([answer, all]) => [answer, all?.length]),
    ),
    longestRefusalMs: Math.round(percentileOf(refused, 100)),
    recoveredAfterMs: Math.round(recoveredAfterMs),
    violations,
  };
}
