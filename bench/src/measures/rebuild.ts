import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDirectory } from '@voorrang/testing/infrastructure';
import type { Figure, Measurement } from '../measure.ts';
import { startProduct } from '../support/product.ts';

const studies = 10_000;

/** Runs are posted once; then the snapshot is taken away, so the next start folds the whole log. */
export const rebuild: Measurement = {
  name: 'rebuild',
  about: `the reading list of ${studies.toLocaleString('en')} studies folded anew from the log after the loss of its snapshot, start of the process included`,
  async run(): Promise<readonly Figure[]> {
    await using directory = await tempDirectory();
    {
      await using product = await startProduct({}, directory.path);
      for (let n = 0; n < studies; n += 50)
        await Promise.all(Array.from({ length: 50 }, (_, i) => post(product.base, product.headers, n + i)));
    }
    let emptyMs: number;
    {
      await using empty = await startProduct();
      emptyMs = empty.readyMs;
    }
    await rm(join(directory.path, 'snapshots'), { recursive: true, force: true });
    await using again = await startProduct({}, directory.path);
    const list = (await (
      await fetch(`${again.base}/api/v1/worklist?site=EX&limit=1`, { headers: again.headers })
    ).json()) as { total: number; state: string };
    const seconds = Math.max(0.001, (again.readyMs - emptyMs) / 1000);
    return [
      { name: 'studies on the list after the rebuild', value: list.total, unit: 'studies', aim: { atLeast: studies } },
      {
        name: 'facts folded (without the start of the process)',
        value: studies / seconds,
        unit: 'facts/s',
        aim: { atLeast: 2_000 },
      },
    ];
  },
};

const post = (base: string, headers: Readonly<Record<string, string>>, n: number): Promise<unknown> =>
  fetch(`${base}/api/v1/results`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      resultId: `rebuild-${n}`,
      detector: { id: 'example-ich', version: '1.0.0' },
      studyInstanceUid: `1.2.3.7.${n + 1}`,
      status: 'completed',
      findings: [{ finding: 'ICH', outcome: 'negative', confidence: 0.1 }],
      producedAt: new Date().toISOString(),
    }),
  }).then((response) => response.arrayBuffer());
