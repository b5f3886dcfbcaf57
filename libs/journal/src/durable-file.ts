import { posix, resolve } from 'node:path';
import type { FileSystem } from './file-system.ts';
import { systemErrorCode } from './system-error-code.ts';

/**
 * Replaces the content of a small file so that after any crash it holds either the old or the new bytes whole: written beside, synced,
 * renamed, directory synced. Resolves when the new content is durable. Calls for one path must not overlap.
 */
export async function writeFileDurably(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.tmp`;
  const handle = await fileSystem.open(beside, 'truncate');
  try {
    await handle.append([bytes]);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fileSystem.rename(beside, path);
  await fileSystem.syncDirectory(posix.dirname(path));
}

/** The whole content, or nothing when there is no such file. */
export async function readFileIfPresent(fileSystem: FileSystem, path: string): Promise<Uint8Array | undefined> {
  const names = await fileSystem.list(posix.dirname(path));
  if (!names.includes(posix.basename(path))) return undefined;
  const handle = await fileSystem.open(path, 'read');
  try {
    const bytes = new Uint8Array(await handle.size());
    let filled = 0;
    while (filled < bytes.length) {
      const read = await handle.read(bytes.subarray(filled), filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/**
 * Creates a directory with its missing parents and makes all their names durable. Every ancestor is synced, also those that were there before:
 * an earlier run may have been killed between creating one and syncing it. An ancestor that we may not open was not created by us.
 */
export async function makeDirectoryDurably(fileSystem: FileSystem, directory: string): Promise<void> {
  const absolute = resolve(directory);
  await fileSystem.makeDirectory(absolute);
  for (let child = absolute; posix.dirname(child) !== child; child = posix.dirname(child)) {
    try {
      await fileSystem.syncDirectory(posix.dirname(child));
    } catch (thrown) {
      const code = systemErrorCode(thrown);
      if (code !== 'EACCES' && code !== 'EPERM') throw thrown;
      return;
    }
  }
}
