import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TempDirectory = { readonly path: string; remove(): Promise<void>; [Symbol.asyncDispose](): Promise<void> };

const leftOver = new Set<string>();
let watching = false;

/** A fresh directory. `remove` deletes it with its content; one that was forgotten is deleted when the process ends. */
export async function tempDirectory(prefix = 'voorrang-test-'): Promise<TempDirectory> {
  return track(await mkdtemp(join(tmpdir(), prefix)));
}

/** The same, for code that cannot await. */
export function tempDirectorySync(prefix = 'voorrang-test-'): TempDirectory {
  return track(mkdtempSync(join(tmpdir(), prefix)));
}

function track(path: string): TempDirectory {
  leftOver.add(path);
  if (!watching) {
    watching = true;
    process.once('exit', () => {
      for (const left of leftOver) rmSync(left, { recursive: true, force: true });
    });
  }
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    leftOver.delete(path);
  };
  return { path, remove, [Symbol.asyncDispose]: remove };
}
