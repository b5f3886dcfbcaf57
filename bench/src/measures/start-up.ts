import { readFile } from 'node:fs/promises';
import type { Figure, Measurement } from '../measure.ts';
import { startProduct } from '../support/product.ts';

export const startUp: Measurement = {
  name: 'start-up',
  about: 'embedded product from the start of the process to ready, and its resident memory then (pages built before)',
  async run(): Promise<readonly Figure[]> {
    (await startProduct())[Symbol.asyncDispose]();
    const ready: number[] = [];
    let resident = Number.NaN;
    for (let round = 0; round < 3; round += 1) {
      await using product = await startProduct();
      ready.push(product.readyMs);
      resident = await residentMegabytes(product.pid);
    }
    return [
      { name: 'ready', value: Math.min(...ready) / 1000, unit: 's', aim: { atMost: 5 } },
      { name: 'resident memory when ready', value: resident, unit: 'MB', aim: { atMost: 250 } },
    ];
  },
};

/** VmRSS of a process (proc(5)); not a number where the system does not tell it. */
async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}
