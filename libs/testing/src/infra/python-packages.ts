import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedDirectory, threeTimes } from './cached-directory.ts';
import { findProgram } from './programs.ts';

/** A Python with the packages asked for, or why there is none. `env` is to be given to the program. */
export type PythonWith =
  | { readonly how: 'ready'; readonly program: string; readonly env: Readonly<Record<string, string>> }
  | { readonly how: 'absent'; readonly reason: string };

const run = promisify(execFile);

/**
 * Packages by exact version (`name==1.2.3`, with those that they need), fetched once per machine by pip from its configured index and kept outside the
 * checkout. Nothing of the system's Python changes.
 */
export async function pythonWith(requirements: readonly string[]): Promise<PythonWith> {
  const program = findProgram('python3');
  if (program === undefined) return { how: 'absent', reason: 'python3 is not installed' };
  try {
    const { stdout } = await run(program, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
    const name = createHash('sha256')
      .update([stdout.trim(), ...requirements].join(' '))
      .digest('hex')
      .slice(0, 16);
    const target = await cachedDirectory(`python-${name}`, async (work) => {
      const lib = join(work, 'lib');
      await threeTimes(() => run(program, [...install, '--target', lib, ...requirements], { timeout: 180_000 }));
      return lib;
    });
    return { how: 'ready', program, env: { PYTHONPATH: target } };
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const why = stderr.trim().split('\n').at(-1) ?? '';
    return { how: 'absent', reason: `pip cannot install ${requirements.join(', ')}${why === '' ? '' : `: ${why}`}` };
  }
}

const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary=:all:'];
const install = ['-m', 'pip', 'install', ...quiet];
