import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FuzzReport } from './report.ts';

const program = join(import.meta.dirname, 'main.ts');
export const fuzzTargets = ['pdus', 'data-sets', 'hl7'] as const;
export type FuzzTarget = (typeof fuzzTargets)[number];

/** Runs one target in a process of its own. Rejects when that process crashes, is still busy after the deadline, or says nothing. */
export function runFuzz(
  target: FuzzTarget,
  options: { readonly cases: number; readonly seed: number; readonly guided?: boolean; readonly deadlineMs: number },
): Promise<FuzzReport> {
  const { cases, seed, guided = false, deadlineMs } = options;
  const args = ['--cases', String(cases), '--seed', String(seed), ...(guided ? ['--guided'] : [])];
  const child = spawn(process.execPath, ['--expose-gc', program, target, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (output.trim() !== '') resolve(JSON.parse(output) as FuzzReport);
      else reject(new Error(`the fuzzer of ${target} ended with ${code ?? signal}:\n${log}`));
    });
  });
}
