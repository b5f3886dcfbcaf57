import { parseArgs } from 'node:util';
import type { FuzzOptions, FuzzReport } from './report.ts';

/**
 * `node --expose-gc app/test/fuzz/main.ts <target> [--cases N] [--seed N] [--seconds N] [--guided]`: mutated input into the receivers, in a process of
 * its own, so that a crash or an unhandled rejection is one. Prints the report as JSON; the exit code is 1 when a promise was broken.
 */
const targets: Readonly<Record<string, (options: FuzzOptions) => Promise<FuzzReport>>> = {
  'data-sets': async (options) => (await import('./fuzz-data-sets.ts')).fuzzDataSets(options),
  hl7: async (options) => (await import('./fuzz-hl7.ts')).fuzzHl7(options),
  pdus: async (options) => (await import('./fuzz-pdus.ts')).fuzzPdus(options),
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '600' },
    guided: { type: 'boolean', default: false },
  },
});
const target = targets[positionals[0] ?? ''];
if (target === undefined) throw new Error(`one of ${Object.keys(targets).join(', ')}`);
const report = await target({
  cases: Number(values.cases),
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  guided: values.guided,
});
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = report.failures.length === 0 ? 0 : 1;
