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

const { O_APPEND, O_CREAT, O_DSYNC = 0, O_RDWR } = fs.constants;
/**
 * Appended bytes are durable when the write returns (`O_DSYNC`, the same guarantee as `fdatasync` after it): one hop to the thread pool for each commit
 * and not two, which counts when senders keep every core busy. Where the flag is unknown (Windows), `sync` does it.
 */
const flags = { read: 'r', append: O_APPEND | O_CREAT | O_RDWR | O_DSYNC, truncate: 'w' } as const;
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
    open: async (path, mode) =>
      nodeFileHandle(await open(path, flags[mode], 0o666), mode === 'append' && O_DSYNC !== 0),
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

function nodeFileHandle(descriptor: number, writesAreSynced: boolean): FileHandle {
  // What another process or an earlier life wrote, and a new length, are not synced by our own writes.
  let mayBeDirty = true;
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
    truncate: async (length) => {
      mayBeDirty = true;
      await ftruncate(descriptor, length);
    },
    sync: async () => {
      if (!mayBeDirty) return;
      await fdatasync(descriptor);
      mayBeDirty = !writesAreSynced;
    },
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
