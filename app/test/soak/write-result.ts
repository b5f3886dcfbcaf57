import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Writes `docs/soak/<name>.json` with the date and the commit, and prints it. */
export async function writeResult(name: string, result: Readonly<Record<string, unknown>>): Promise<void> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const text = JSON.stringify({ date: new Date().toISOString().slice(0, 10), commit, ...result }, null, 2);
  const directory = join(import.meta.dirname, '../../../docs/soak');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${name}.json`), `${text}\n`);
  say(text);
}
