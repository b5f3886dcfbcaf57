import { posix } from 'node:path';
import { type Topic, topicNames } from '@voorrang/contracts';
import { type FileSystem, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { type Clock, faultPoint, seconds } from '@voorrang/kernel';

const writeEvery = seconds(1);

/**
 * Where one consumer group has got to, in one small file. Written at most once a second and when asked: after a crash the records since come again.
 * A write that fails is tried again with the next one; it never stops the consumer.
 */
export class GroupPositions {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #positions = new Map<Topic, number>();
  #dirty = false;
  #scheduled = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(fileSystem: FileSystem, path: string, clock: Clock) {
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#clock = clock;
  }

  static async open(fileSystem: FileSystem, directory: string, group: string, clock: Clock): Promise<GroupPositions> {
    const positions = new GroupPositions(fileSystem, posix.join(directory, `${encodeURIComponent(group)}.json`), clock);
    const bytes = await readFileIfPresent(fileSystem, positions.#path);
    if (bytes !== undefined) {
      const noted = JSON.parse(Buffer.from(bytes).toString()).positions;
      for (const topic of topicNames)
        if (typeof noted[topic] === 'number') positions.#positions.set(topic, noted[topic]);
    }
    return positions;
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
