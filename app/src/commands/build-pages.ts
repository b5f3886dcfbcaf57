import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const web = join(import.meta.dirname, '../../../services/worklist/web');

/** Builds the pages when they are missing or older than their sources; an image ships them built, without sources of the tools. */
export async function buildPages(): Promise<void> {
  const built = join(web, 'dist', 'index.html');
  if (existsSync(built) && (await newest(join(web, 'src'))) <= (await stat(built)).mtimeMs) return;
  const { build } = await import('vite');
  await build({ root: web, logLevel: 'error' });
}

async function newest(directory: string): Promise<number> {
  if (!existsSync(directory)) return 0;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs),
  );
  return Math.max(0, ...times);
}
