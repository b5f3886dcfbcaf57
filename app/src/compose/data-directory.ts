import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, open, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, writeFileDurably } from '@voorrang/journal';
import { VoorrangError } from '@voorrang/kernel';
import { Secret } from '@voorrang/platform';

/** Secrets that were made here at the first start and stay with the data. */
export type LocalSecrets = { readonly keySecret: Secret; readonly apiToken: Secret };

const randomSecret = (): string => randomBytes(24).toString('base64url');

/** Reads the secrets of the directory, or makes them durably before they are first used: a key that is lost orphans the whole log. */
export async function localSecrets(directory: string): Promise<LocalSecrets> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'secrets.json');
  if (!existsSync(path)) {
    const made = JSON.stringify({ keySecret: randomSecret(), apiToken: randomSecret() });
    await writeFileDurably(nodeFileSystem(), path, Buffer.from(made));
    await chmod(path, 0o600);
  }
  const { keySecret, apiToken } = JSON.parse(await readFile(path, 'utf8')) as { keySecret: string; apiToken: string };
  return { keySecret: new Secret(keySecret), apiToken: new Secret(apiToken) };
}

/**
 * One process per data directory: two writers would corrupt the journals. The lock names a process by id and start time,
 * so one that was left behind by a kill never blocks the next start. Resolves with what releases it.
 */
export async function lockDataDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const mine = JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(mine);
      await file.close();
      return () => unlink(path).catch(() => {});
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
      if (await isHeld(path))
        throw new VoorrangError('VRG_CONFIG_INVALID', 'another process uses this data directory', {
          details: { setting: 'VOORRANG_DATA_DIR' },
        });
      await unlink(path).catch(() => {});
    }
  }
  await writeFile(path, mine, { flag: 'wx', mode: 0o600 });
  return () => unlink(path).catch(() => {});
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const { pid, startedAt } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; startedAt: string };
    if (pid === process.pid) return false;
    process.kill(pid, 0);
    return processStart(pid) === startedAt;
  } catch {
    return false;
  }
}

/** Start time of a process where the system tells it (Linux: field 22 of /proc/PID/stat), else a constant. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return 'unknown';
  }
}
