import * as fs from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { FileHandle, FileSystem } from './file-system.ts';
import { systemErrorCode } from './system-error-code.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);
const ftruncate = promisify(fs.ftruncate);
const fstat = promisify(fs.fstat);

const flags = { read: 'r', append: 'a', truncate: 'w' } as const;
/** Buffers up to this size in all are copied into one, which costs less than a vectored write. */
const copyUpToBytes = 256 * 1024;

/** The file system of the operating system. */
export function nodeFileSystem(): FileSystem {
  return {
    makeDirectory: async (path) => {
      await mkdir(path, { recursive: true });
    },
    list: async (path) => {
      try {
        return (await readdir(path)).sort();
      } catch (thrown) {
        if (systemErrorCode(thrown) === 'ENOENT') return [];
        throw thrown;
      }
    },
    open: async (path, mode) => nodeFileHandle(await open(path, flags[mode])),
    rename,
    remove: (path) => rm(path),
    syncDirectory: async (path) => {
      // Windows has no way to sync a directory; NTFS journals its names itself.
      if (process.platform === 'win32') return;
      const descriptor = await open(path, 'r');
      try {
        await fsync(descriptor);
      } finally {
        await close(descriptor);
      }
    },
  };
}

function nodeFileHandle(descriptor: number): FileHandle {
  return {
    read: (into, position) =>
      new Promise((resolve, reject) => {
        fs.read(descriptor, into, 0, into.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
      }),
    append: async (buffers) => {
      const total = buffers.reduce((sum, { length }) => sum + length, 0);
      if (buffers.length > 1 && total <= copyUpToBytes) return writeAll(descriptor, Buffer.concat(buffers, total));
      for (const bytes of buffers) await writeAll(descriptor, bytes);
    },
    size: async () => (await fstat(descriptor)).size,
    truncate: (length) => ftruncate(descriptor, length),
    sync: () => fdatasync(descriptor),
    close: () => close(descriptor),
  };
}

/** A write may take fewer bytes than it was given. */
const writeAll = (descriptor: number, bytes: Uint8Array, from = 0): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.write(descriptor, bytes, from, bytes.length - from, null, (error, written) => {
      if (error) reject(error);
      else if (from + written < bytes.length) writeAll(descriptor, bytes, from + written).then(resolve, reject);
      else resolve();
    });
  });
