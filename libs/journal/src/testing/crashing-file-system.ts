import { posix } from 'node:path';
import type { FileHandle, FileSystem } from '../file-system.ts';
import { seededRandom } from './seeded-random.ts';
import { SimulatedFile } from './simulated-file.ts';
import { type Node, SimulatedNames } from './simulated-names.ts';

export type FileSystemOperation =
  | 'makeDirectory'
  | 'open'
  | 'rename'
  | 'remove'
  | 'append'
  | 'truncate'
  | 'sync'
  | 'syncDirectory';

/** Fails an operation: the `nth` (from 1) of its kind from now on, once or for ever. */
export type Failure = {
  readonly operation: FileSystemOperation;
  readonly nth: number;
  readonly code: 'EIO' | 'ENOSPC' | 'EACCES';
  readonly forEver?: boolean;
};

/**
 * A disk in memory that forgets at a crash what was not synced: pages of files, their length, and the names in directories, each for itself and
 * in any order, as the seed decides. A failed sync throws the un-synced pages away and the next one succeeds without them, as Linux does.
 */
export class CrashingFileSystem implements FileSystem {
  /** Changing operations so far; `powerOffAfter` counts them. */
  operations = 0;
  readonly #pageBytes: number;
  #names: SimulatedNames;
  #failures: { failure: Failure; left: number }[] = [];
  #powerOffAt = Number.POSITIVE_INFINITY;
  #dead = false;
  #onPowerOff: () => void = () => undefined;

  /** Small pages make more orders of a few bytes: the default is 512, the sector of a disk. */
  constructor(options: { readonly pageBytes?: number } = {}, names?: ReadonlyMap<string, Node>) {
    this.#pageBytes = options.pageBytes ?? 512;
    this.#names = new SimulatedNames(names);
  }

  /** The disk as it is after the power went now. This one is dead from here on: what runs on it stands still. */
  crash(seed: number): CrashingFileSystem {
    this.#dead = true;
    const random = seededRandom(seed);
    const names = new Map(
      [...this.#names.afterCrash(random)].map(([path, node]) => [
        path,
        node === 'directory' ? node : node.afterCrash(random),
      ]),
    );
    return new CrashingFileSystem({ pageBytes: this.#pageBytes }, names);
  }

  /** The same disk after the process was killed: nothing is lost, and what the killed process was about to do never happens. */
  restart(): CrashingFileSystem {
    this.#dead = true;
    const next = new CrashingFileSystem({ pageBytes: this.#pageBytes });
    next.#names = this.#names;
    return next;
  }

  /** The power goes when `count` more changing operations were done; what comes then never returns. Resolves when it has gone. */
  powerOffAfter(count: number): Promise<void> {
    this.#powerOffAt = this.operations + count;
    return new Promise((resolve) => {
      this.#onPowerOff = resolve;
    });
  }

  fail(failure: Failure): void {
    this.#failures.push({ failure, left: failure.nth });
  }

  heal(): void {
    this.#failures = [];
  }

  /** Content as the process sees it. */
  contentOf(path: string): Buffer {
    return this.#file(path).content;
  }

  /** Changes bytes that are on the disk already, as rot does. */
  rot(path: string, change: (content: Buffer) => Buffer): void {
    this.#names.set(path, new SimulatedFile(this.#pageBytes, change(Buffer.from(this.#file(path).content))));
    this.#names.sync(posix.dirname(path));
  }

  async makeDirectory(path: string): Promise<void> {
    if (path === '/' || this.#names.current.get(path) === 'directory') return;
    await this.makeDirectory(posix.dirname(path));
    await this.#change('makeDirectory');
    this.#names.set(path, 'directory');
  }

  async list(path: string): Promise<string[]> {
    await this.#alive();
    return [...this.#names.current.keys()]
      .filter((name) => name !== '/' && posix.dirname(name) === path)
      .map((name) => posix.basename(name))
      .sort();
  }

  async open(path: string, mode: 'read' | 'append' | 'truncate'): Promise<FileHandle> {
    await this.#alive();
    const there = this.#names.current.get(path);
    if (there instanceof SimulatedFile) {
      if (mode === 'truncate') {
        await this.#change('truncate');
        there.truncate(0);
      }
      return this.#handle(there);
    }
    if (mode === 'read' || this.#names.current.get(posix.dirname(path)) !== 'directory') throw systemError('ENOENT');
    await this.#change('open');
    const made = new SimulatedFile(this.#pageBytes);
    this.#names.set(path, made);
    return this.#handle(made);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#change('rename');
    this.#names.rename(from, to, this.#file(from));
  }

  async remove(path: string): Promise<void> {
    await this.#change('remove');
    this.#file(path);
    this.#names.remove(path);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#change('syncDirectory');
    this.#names.sync(path);
  }

  #handle(file: SimulatedFile): FileHandle {
    return {
      read: async (into, position) => {
        await this.#alive();
        return file.content.copy(into, 0, position, Math.min(position + into.length, file.content.length));
      },
      append: async (bytes) => {
        await this.#change('append', () => file.append([Buffer.concat(bytes).subarray(0, 100)]));
        file.append(bytes);
      },
      size: async () => {
        await this.#alive();
        return file.content.length;
      },
      truncate: async (length) => {
        await this.#change('truncate');
        file.truncate(length);
      },
      sync: async () => {
        await this.#change('sync', () => file.failSync());
        file.sync();
      },
      close: () => this.#alive(),
    };
  }

  #file(path: string): SimulatedFile {
    const node = this.#names.current.get(path);
    if (!(node instanceof SimulatedFile)) throw systemError('ENOENT');
    return node;
  }

  /** Takes a turn of the event loop, as a real disk does, and stands still for ever once the power is off. */
  async #alive(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#dead) await new Promise<never>(() => undefined);
  }

  async #change(operation: FileSystemOperation, onFailure?: () => void): Promise<void> {
    await this.#alive();
    if (this.operations >= this.#powerOffAt) {
      this.#dead = true;
      this.#onPowerOff();
      await this.#alive();
    }
    this.operations += 1;
    for (const entry of this.#failures) {
      if (entry.failure.operation !== operation) continue;
      entry.left -= 1;
      if (entry.left > 0 || (entry.left < 0 && !entry.failure.forEver)) continue;
      onFailure?.();
      throw systemError(entry.failure.code);
    }
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
