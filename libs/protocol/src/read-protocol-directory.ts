import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, type Result } from '@voorrang/kernel';
import type { EnvironmentLookup } from './files/on-call.ts';
import { loadProtocol } from './load-protocol.ts';
import type { Protocol, ProtocolProblem } from './protocol.ts';

/** Loads the `.yaml` files of a directory; other files (a README, a licence) are left alone. A directory that cannot be read is one problem. */
export async function readProtocolDirectory(
  directory: string,
  options: { readonly environment?: EnvironmentLookup } = {},
): Promise<Result<Protocol, readonly ProtocolProblem[]>> {
  const files: Record<string, string> = {};
  try {
    for (const name of (await readdir(directory)).sort()) {
      if (/\.ya?ml$/.test(name)) files[name] = await readFile(join(directory, name), 'utf8');
    }
  } catch {
    return err([{ file: directory, line: 1, path: '', message: 'the directory cannot be read' }]);
  }
  return loadProtocol(files, options);
}

/** One line per problem, as an editor takes it: `file:line path: message`. */
export const problemLines = (problems: readonly ProtocolProblem[]): readonly string[] =>
  problems.map(({ file, line, path, message }) => `${file}:${line} ${path === '' ? '' : `${path}: `}${message}`);
