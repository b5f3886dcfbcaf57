import { posix } from 'node:path';
import { type Topic, topicNames } from '@voorrang/contracts';
import { type FileSystem, type Journal, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { isObject, isPlace, objectIn } from '../small-file.ts';
import { topicOfPayload } from './bus-record-codec.ts';

/**
 * Position after the last record of each topic. A projection's position of a topic stops there, so "has it reached the head" must not count records of
 * other topics. A small file notes them at a clean close; what was written after it is read once at the start, everything when it is damaged.
 */
export class TopicHeads {
  readonly #heads = new Map<Topic, number>();
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  #written = 0;

  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem;
    this.#path = posix.join(directory, 'heads.json');
  }

  async load(journal: Journal): Promise<void> {
    const noted = parse(await readFileIfPresent(this.#fileSystem, this.#path));
    const usable = noted !== undefined && noted.upTo <= journal.head;
    if (usable) for (const [topic, head] of Object.entries(noted.heads)) this.#heads.set(topic as Topic, head);
    this.#written = usable ? noted.upTo : 0;
    for await (const records of journal.read(this.#written))
      for (const { seq, payload } of records) this.note(topicOfPayload(payload), seq);
  }

  note(topic: Topic, seq: number): void {
    this.#heads.set(topic, Math.max(this.of(topic), seq + 1));
  }

  of(topic: Topic): number {
    return this.#heads.get(topic) ?? 0;
  }

  /** `upTo`: every record below it is counted. */
  async save(upTo: number): Promise<void> {
    if (upTo === this.#written) return;
    const heads = Object.fromEntries(topicNames.map((topic) => [topic, this.of(topic)]));
    await writeFileDurably(this.#fileSystem, this.#path, Buffer.from(JSON.stringify({ version: 1, upTo, heads })));
    this.#written = upTo;
  }
}

function parse(bytes: Uint8Array | undefined): { upTo: number; heads: Record<string, number> } | undefined {
  const { version, upTo, heads } = objectIn(bytes) ?? {};
  if (version !== 1 || !isPlace(upTo) || !isObject(heads)) return undefined;
  const read: Record<string, number> = {};
  for (const [topic, head] of Object.entries(heads)) {
    if (!isPlace(head)) return undefined;
    read[topic] = head;
  }
  return { upTo, heads: read };
}
