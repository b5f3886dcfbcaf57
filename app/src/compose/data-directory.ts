import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { nodeFileSystem, writeFileDurably } from '@voorrang/journal';
import { VoorrangError } from '@voorrang/kernel';
import { Secret } from '@voorrang/platform';

/** Secrets that were made here at the first start and stay with the data. */
export type LocalSecrets = { readonly keySecret: Secret; readonly apiToken: Secret };

const randomSecret = (): string => randomBytes(24).toString('base64url');

/**
 * Reads the secrets of the directory, or makes them durably before they are first used: a key that is lost orphans the whole log. So a file that is there but
 * damaged is refused with `VRG_CONFIG_INVALID`, never replaced.
 */
export async function localSecrets(directory: string): Promise<LocalSecrets> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'secrets.json');
  if (!existsSync(path)) {
    const made = JSON.stringify({ keySecret: randomSecret(), apiToken: randomSecret() });
    await writeFileDurably(nodeFileSystem(), path, Buffer.from(made));
    await chmod(path, 0o600);
  }
  const { keySecret, apiToken } = await readSecrets(path);
  return { keySecret: new Secret(keySecret), apiToken: new Secret(apiToken) };
}

const isSecret = (value: unknown): value is string => typeof value === 'string' && value.length > 0;

async function readSecrets(path: string): Promise<{ readonly keySecret: string; readonly apiToken: string }> {
  try {
    const { keySecret, apiToken } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    if (isSecret(keySecret) && isSecret(apiToken)) return { keySecret, apiToken };
  } catch {
    // What the parser says quotes the content, so it is not kept.
  }
  throw new VoorrangError(
    'VRG_CONFIG_INVALID',
    `the secrets in ${path} are damaged or cannot be read; put the file back from a backup: with new secrets nothing that is stored would be found again`,
    { details: { file: path } },
  );
}

/**
 * One process per data directory: two writers would corrupt the journals. The lock names a process by id and start time,
 * so one that was left behind by a kill never blocks the next start. Resolves with what releases it.
 */
export async function lockDataDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const own = join(directory, `lock.${process.pid}`);
  await writeFile(own, JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) }), { mode: 0o600 });
  try {
    // The name appears together with its content, so nobody can find a lock that does not say yet whose it is.
    if (!(await linked(own, path))) {
      if (await isHeld(path)) throw inUse();
      await unlink(path).catch(() => {});
      if (!(await linked(own, path))) throw inUse();
    }
  } finally {
    await unlink(own).catch(() => {});
  }
  return () => unlink(path).catch(() => {});
}

/** The data directory that a path inside it belongs to: the nearest folder above with secrets in it. */
export function dataDirectoryAbove(path: string): string | undefined {
  for (let at = resolve(path), up = dirname(at); ; at = up, up = dirname(at)) {
    if (existsSync(join(at, 'secrets.json'))) return at;
    if (up === at) return undefined;
  }
}

const inUse = (): VoorrangError =>
  new VoorrangError('VRG_CONFIG_INVALID', 'another process uses this data directory', {
    details: { setting: 'VOORRANG_DATA_DIR' },
  });

const linked = (from: string, to: string): Promise<boolean> =>
  link(from, to).then(
    () => true,
    (error: { code?: unknown }) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );

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
