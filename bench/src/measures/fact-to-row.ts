import { type Figure, type Measurement, percentile } from '../measure.ts';
import { startDistributed } from '../support/distributed.ts';
import { streamRows } from '../support/event-stream.ts';
import { startProduct } from '../support/product.ts';

const perSecond = 200;
const seconds = 15;
const warmUp = 400;

/** Posts runs at a fixed rate and takes, per study, the time from the stamp of the fact to the `row` event at a client. */
export const factToRow: Measurement = {
  name: 'fact-to-row',
  about: `${perSecond} runs a second for ${seconds} s: from the stamp of the fact to the row at a client of the event stream`,
  async run(): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    {
      await using product = await startProduct();
      figures.push(...figuresOf('embedded', await measure(product.base, product.base, product.headers), 10));
    }
    await using distributed = await startDistributed();
    if (distributed !== undefined)
      figures.push(
        ...figuresOf('distributed', await measure(distributed.resultsBase, distributed.base, distributed.headers), 50),
      );
    return figures;
  },
};

const figuresOf = (label: string, waits: readonly number[], aimMs: number): Figure[] => [
  { name: `${label}: p50`, value: percentile(waits, 50), unit: 'ms' },
  { name: `${label}: p99`, value: percentile(waits, 99), unit: 'ms', aim: { atMost: aimMs } },
  {
    name: `${label}: rows seen of ${perSecond * seconds}`,
    value: waits.length,
    unit: 'rows',
    aim: { atLeast: perSecond * seconds },
  },
];

async function measure(
  resultsBase: string,
  base: string,
  headers: Readonly<Record<string, string>>,
): Promise<number[]> {
  const waits = new Map<string, number>();
  const stop = new AbortController();
  const stream = streamRows(
    base,
    headers,
    (row, at) => {
      const uid = row.studyInstanceUid ?? '';
      if (uid.startsWith('1.2.3.9.') && !waits.has(uid) && row.receivedAt !== null) waits.set(uid, at - row.receivedAt);
    },
    stop.signal,
  );
  const post = (n: number, root: string): Promise<unknown> =>
    fetch(`${resultsBase}/api/v1/results`, { method: 'POST', headers, body: JSON.stringify(run(n, root)) }).then((r) =>
      r.arrayBuffer(),
    );
  for (let n = 0; n < warmUp; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => post(n + i, '1.2.3.8')));
  const pending: Promise<unknown>[] = [];
  const begin = performance.now();
  const total = perSecond * seconds;
  for (let n = 0; n < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond) + 1);
    for (; n < due; n += 1) pending.push(post(n, '1.2.3.9'));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(pending);
  const deadline = Date.now() + 15_000;
  while (waits.size < total && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  await stream;
  return [...waits.values()];
}

const run = (n: number, root: string): unknown => ({
  resultId: `bench-${root}-${n}`,
  detector: { id: 'example-ich', version: '1.0.0' },
  studyInstanceUid: `${root}.${n + 1}`,
  status: 'completed',
  findings: [{ finding: 'ICH', outcome: 'negative', confidence: 0.1 }],
  producedAt: new Date().toISOString(),
});
