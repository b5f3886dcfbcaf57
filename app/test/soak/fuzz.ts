import { fuzzTargets, runFuzz } from '../fuzz/run-fuzz.ts';
import { say, writeResult } from './write-result.ts';

/** `cases` of each kind of mutated input, those that reach new code kept as new starting points. Resolves with whether every promise held. */
export async function fuzz({ cases, seed }: { readonly cases: number; readonly seed: number }): Promise<boolean> {
  const reports = [];
  for (const target of fuzzTargets) {
    say(`${target}: ${cases} cases`);
    reports.push(await runFuzz(target, { cases, seed, guided: true, deadlineMs: 3_600_000 }));
  }
  await writeResult('fuzz', { seed, reports });
  return reports.every(({ failures }) => failures.length === 0);
}
