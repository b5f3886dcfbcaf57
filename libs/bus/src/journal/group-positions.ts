import { posix } from 'node:path';
import { type Topic, topicNames } from '@voorrang/contracts';
import { type FileSystem, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { type Clock, faultPoint, seconds } from '@voorrang/kernel';
import { isObject, isPlace, objectIn } from '../small-file.ts';

const writeEvery = seconds(1);

export type GroupPositionsOptions = {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly clock: Clock;
  readonly head: number;
};

/** Names of the groups that have noted positions. */
export const knownGroups = async (fileSystem: FileSystem, directory: string): Promise<readonly string[]> =>
  (await fileSystem.list(directory))
    .filter((name) => name.endsWith(ending))
    .map((name) => decodeURIComponent(name.slice(0, -ending.length)));

const ending = '.json';

/**
 * Where one consumer group has got to, in one small file. Written at most once a second and when asked: after a crash the records since come again.
 * A write that fails is tried again with the next one; it never stops the consumer.
 */
export class GroupPositions {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #positions = new Map<Topic, number>();
  /** Topics whose noted position lay beyond the end of the log. */
  readonly #putBack = new Map<Topic, number>();
  #unreadable = false;
  #dirty = false;
  #scheduled = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(fileSystem: FileSystem, path: string, clock: Clock) {
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#clock = clock;
  }

  /**
   * `head`: end of the log before anything was appended in this life of the process. A position beyond it is of a log that was cut or restored: it goes
   * back to the beginning, durably, for the log may grow past it and records would then be skipped. A damaged file is as none: records come again.
   */
  static async open(
    { fileSystem, directory, clock, head }: GroupPositionsOptions,
    group: string,
  ): Promise<GroupPositions> {
    const positions = new GroupPositions(
      fileSystem,
      posix.join(directory, `${encodeURIComponent(group)}${ending}`),
      clock,
    );
    const bytes = await readFileIfPresent(fileSystem, positions.#path);
    if (bytes !== undefined) {
      const noted = objectIn(bytes)?.positions;
      positions.#unreadable = !isObject(noted);
      for (const topic of topicNames) {
        const position = isObject(noted) ? noted[topic] : undefined;
        if (position === undefined) continue;
        if (!isPlace(position)) positions.#unreadable = true;
        else if (position > head) positions.#putBack.set(topic, position);
        else positions.#positions.set(topic, position);
      }
    }
    if (positions.#putBack.size > 0) {
      positions.#dirty = true;
      await positions.write();
    }
    return positions;
  }

  /** The file there was could not be read, so records come again. */
  get unreadable(): boolean {
    return this.#unreadable;
  }
  /** Within the directory of the bus. */
  get file(): string {
    return `groups/${posix.basename(this.#path)}`;
  }

  /** The position of the topic that was beyond the end of the log when the bus was opened. */
  putBackFrom(topic: Topic): number | undefined {
    return this.#putBack.get(topic);
  }

  of(topic: Topic): number {
    return this.#positions.get(topic) ?? 0;
  }

  move(topic: Topic, position: number, signal: AbortSignal): void {
    if (this.of(topic) === position) return;
    this.#positions.set(topic, position);
    this.#dirty = true;
    if (this.#scheduled) return;
    this.#scheduled = true;
    void this.#clock.wait(writeEvery, signal).then(() => {
      this.#scheduled = false;
      return this.write().catch(() => undefined);
    });
  }

  /** Resolves when the positions of now are durable. */
  write(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#writeNow());
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    try {
      const positions = Object.fromEntries(this.#positions);
      await writeFileDurably(this.#fileSystem, this.#path, Buffer.from(JSON.stringify({ version: 1, positions })));
      faultPoint('bus.offsets.written');
    } catch (thrown) {
      this.#dirty = true;
      throw thrown;
    }
  }
}
