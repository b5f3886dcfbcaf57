import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeLock, type LockFile } from './lock-entries.ts';

/**
 * `npm run lock`: gives package-lock.json an entry for every optional dependency of a package, also those for other platforms. `npm install` leaves
 * out what the registry at hand does not carry, and `npm ci` then refuses the lock file as out of step. With `--check` nothing is written and
 * the exit code is 1 when entries are missing.
 */
const path = join(import.meta.dirname, '../package-lock.json');
const { lock, added } = completeLock(JSON.parse(readFileSync(path, 'utf8')) as LockFile);

if (process.argv.includes('--check')) {
  for (const name of added) process.stdout.write(`package-lock.json has no entry for ${name}\n`);
  if (added.length > 0) process.stdout.write('run: npm run lock\n');
  process.exitCode = added.length === 0 ? 0 : 1;
} else {
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
  process.stdout.write(`${added.length} entries added\n`);
}
