import { startRedis } from '@voorrang/testing/infrastructure';
import { inMemoryWorklistStore, type WorklistStore } from '@voorrang/worklist-store';
import { redisWorklistStore } from '@voorrang/worklist-store/redis';
import { type Figure, type Measurement, percentile, secondsOf } from '../measure.ts';
import { documentOf } from '../support/rows.ts';

const rows = 1_000_000;
const chunk = 2_000;
const pages = 400;
const list = { site: 'EX', list: 'reading' } as const;

export const page: Measurement = {
  name: 'page',
  about: `a page of 50 rows of ${rows.toLocaleString('en')}, with rank and rank without AI; first pages and pages behind a cursor`,
  async run(): Promise<readonly Figure[] | { skipped: string }> {
    const figures = await figuresOf('in memory', inMemoryWorklistStore());
    const redis = await startRedis();
    if (redis.how === 'absent') return figures;
    const store = await redisWorklistStore({ url: redis.address });
    try {
      return [...figures, ...(await figuresOf('Redis', store))];
    } finally {
      await store.close();
      await redis.stop();
    }
  },
};

async function figuresOf(label: string, store: WorklistStore): Promise<Figure[]> {
  const { fence } = await store.acquire();
  await store.beginRebuild(fence);
  const loading = await secondsOf(async () => {
    for (let n = 0; n < rows; n += chunk)
      await store.rebuild(
        fence,
        Array.from({ length: chunk }, (_, i) => documentOf(n + i)),
      );
    await store.finishRebuild(fence, {}, 'bench');
  });
  const first: number[] = [];
  const deep: number[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < pages; n += 1) {
    first.push((await secondsOf(() => store.page(list, 50))) * 1000);
    const begin = performance.now();
    const next = await store.page(list, 50, cursor);
    deep.push(performance.now() - begin);
    cursor = next.nextCursor ?? undefined;
  }
  return [
    { name: `${label}: first page, p50`, value: percentile(first, 50), unit: 'ms', aim: { atMost: 5 } },
    { name: `${label}: first page, p99`, value: percentile(first, 99), unit: 'ms', aim: { atMost: 5 } },
    { name: `${label}: page behind a cursor, p50`, value: percentile(deep, 50), unit: 'ms', aim: { atMost: 5 } },
    { name: `${label}: rows written by a rebuild`, value: rows / loading, unit: 'rows/s' },
  ];
}
