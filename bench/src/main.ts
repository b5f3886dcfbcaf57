import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Figure, heldOf, isMissed } from './measure.ts';
import { measurements } from './measures/index.ts';

/** `npm run bench [-- --check] [name ...]`: a table on standard output and JSON in `bench/results/`. */
const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const results: { name: string; about: string; figures?: readonly Figure[]; skipped?: string }[] = [];

for (const { name, about, run } of measurements) {
  if (names.length > 0 && !names.includes(name)) continue;
  say(`\n${name}: ${about}`);
  const outcome = await run();
  if ('skipped' in outcome) {
    say(`  skipped: ${outcome.skipped}`);
    results.push({ name, about, skipped: outcome.skipped });
    continue;
  }
  for (const figure of outcome) say(`  ${lineOf(figure)}`);
  results.push({ name, about, figures: outcome });
}

const directory = join(import.meta.dirname, '../results');
await mkdir(directory, { recursive: true });
const machine = {
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: process.platform,
};
for (const result of results)
  await writeFile(
    join(directory, `${result.name}.json`),
    `${JSON.stringify({ measuredOn: new Date().toISOString().slice(0, 10), machine, ...result }, null, 2)}\n`,
  );

const missed = results.flatMap(({ figures = [] }) => figures.filter(isMissed));
for (const figure of missed) say(`missed: ${lineOf(figure)}`);
process.exit(args.includes('--check') && missed.length > 0 ? 1 : 0);

function lineOf(figure: Figure): string {
  const value = `${figure.name.padEnd(52)} ${format(figure.value).padStart(12)} ${figure.unit.padEnd(10)}`;
  const held =
    figure.against === undefined
      ? ''
      : ` = ${heldOf(figure).toFixed(2)} x ${figure.against.name} (${format(figure.against.value)})`;
  const aim =
    figure.aim === undefined
      ? ''
      : 'atLeast' in figure.aim
        ? `  aim >= ${figure.aim.atLeast}`
        : `  aim <= ${figure.aim.atMost}`;
  return `${value}${held}${aim}${isMissed(figure) ? '  MISSED' : ''}`;
}

function format(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(Math.abs(value) < 1 ? 3 : 2);
}
