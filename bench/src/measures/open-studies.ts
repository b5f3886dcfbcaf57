import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, tempDirectory } from '@voorrang/testing/infrastructure';
import type { Figure, Measurement } from '../measure.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../../app/test/edge/growth-main.ts', import.meta.url));

type Level = { readonly open: number; readonly wallMs: number; readonly cpuMs: number; readonly residentMb: number };

export const openStudies: Measurement = {
  name: 'open-studies',
  about:
    'the assembler on SQLite: cost of an object of a random open study, 100 at a time, as open studies grow; it should not grow with them',
  async run(): Promise<readonly Figure[]> {
    await using directory = await tempDirectory();
    const env = {
      ...process.env,
      VOORRANG_DATA_DIR: directory.path,
      VOORRANG_DICOM_PORT: String(await freePort()),
      VOORRANG_MLLP_PORT: String(await freePort()),
      VOORRANG_LOG_LEVEL: 'error',
    };
    const { stdout } = await run(process.execPath, [program], { env, maxBuffer: 2 ** 20 });
    const levels = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Level);
    const least = levels[0];
    return levels.flatMap(({ open, wallMs, cpuMs, residentMb }): Figure[] => [
      {
        name: `${open} open: processor time`,
        value: cpuMs,
        unit: 'ms/object',
        ...(least === undefined || open === least.open
          ? {}
          : { against: { name: `${least.open} open`, value: least.cpuMs }, aim: { atMost: 2 } }),
      },
      { name: `${open} open: time`, value: wallMs, unit: 'ms/object' },
      { name: `${open} open: resident memory`, value: residentMb, unit: 'MB' },
    ]);
  },
};
