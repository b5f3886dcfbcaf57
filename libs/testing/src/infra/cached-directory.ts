import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cacheRoot = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'voorrang');

export const isCached = (name: string): boolean => existsSync(join(cacheRoot(), name));

/**
 * A directory outside the checkout that is filled once: `fill` is given an empty one and says which directory in it is to be kept.
 * Two processes that fill at the same time both succeed: the directory appears whole by one rename.
 */
export async function cachedDirectory(name: string, fill: (work: string) => Promise<string>): Promise<string> {
  const target = join(cacheRoot(), name);
  if (existsSync(target)) return target;
  await mkdir(cacheRoot(), { recursive: true });
  const work = await mkdtemp(join(cacheRoot(), 'fetching-'));
  try {
    await rename(await fill(work), target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

/** What comes from far away may fail once. */
export async function threeTimes(attempt: () => Promise<unknown>): Promise<void> {
  for (let count = 1; ; count += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (count === 3) throw error;
    }
  }
}
