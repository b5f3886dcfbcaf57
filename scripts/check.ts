import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/**
 * `npm run check`: everything that can be said about the code without running it. All steps run, whatever the others say; the output of those that
 * fail is shown, then one line per step, and the exit code is 1 when any failed.
 */
type Step = { readonly name: string; readonly command: string; readonly args: readonly string[] };

const root = join(import.meta.dirname, '..');
const steps: readonly Step[] = [
  { name: 'format and lint', command: 'biome', args: ['ci', '--colors=off', '.'] },
  { name: 'types (server)', command: 'tsc', args: ['-p', 'tsconfig.server.json'] },
  { name: 'types (web)', command: 'tsc', args: ['-p', 'services/worklist/web'] },
  {
    name: 'boundaries',
    command: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', 'libs', 'services', 'app', 'scripts'],
  },
  { name: 'dead code', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
  { name: 'lock file', command: process.execPath, args: ['scripts/complete-lock-file.ts', '--check'] },
  { name: 'schema drift', command: process.execPath, args: ['scripts/generate-schemas.ts', '--check'] },
];

type Outcome = { readonly step: Step; readonly code: number; readonly output: string; readonly seconds: number };

function run(step: Step): Promise<Outcome> {
  const started = performance.now();
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(step.command, [...step.args], {
      cwd: root,
      env: { ...process.env, PATH: path, NO_COLOR: '1' },
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    const finish = (code: number): void =>
      resolve({ step, code, output, seconds: (performance.now() - started) / 1_000 });
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      output += error.message;
      finish(1);
    });
    child.once('close', (code) => finish(code ?? 1));
  });
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const outcomes: Outcome[] = [];
for (const step of steps) outcomes.push(await run(step));

for (const { step, code, output } of outcomes) {
  if (code !== 0) print(`\n--- ${step.name}: ${step.command} ${step.args.join(' ')}\n${output.trimEnd()}`);
}
print('');
for (const { step, code, seconds } of outcomes) {
  print(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds.toFixed(1)} s)`);
}
const failed = outcomes.filter(({ code }) => code !== 0);
print(failed.length === 0 ? 'check passed' : `check failed: ${failed.map(({ step }) => step.name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
