import { faultPoint, VoorrangError } from '@voorrang/kernel';
import { makeDirectoryDurably } from './durable-file.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { encodeMark, encodeRecords, markBytes, maxPayloadBytes } from './frame.ts';
import type { Journal, JournalOptions, JournalRecord } from './journal.ts';
import { RecentRecords } from './recent-records.ts';
import { inspectSegments, refusalOf } from './recover.ts';
import { scanSegment } from './scan.ts';
import { indexPlace, newSegment, placeOf, type Segment, segmentPath } from './segment.ts';
import { systemErrorCode } from './system-error-code.ts';
import { Waiters } from './waiters.ts';

const defaultSegmentBytes = 64 * 1024 * 1024;
/** A commit takes waiting appends up to this size; the rest share the next sync. */
const commitBytes = 4 * 1024 * 1024;

type Pending = {
  readonly count: number;
  readonly frames: Buffer;
  readonly resolve: (firstSeq: number) => void;
  readonly reject: (error: VoorrangError) => void;
};

/**
 * Opens or creates the journal of a directory. Verifies every record first: a torn tail is cut, anything bad that was durable refuses the start
 * with `VRG_JOURNAL_CORRUPT`, details `{ segment, offset, problem, repair }`. One process may have a directory open at a time.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { directory, fileSystem } = options;
  await makeDirectoryDurably(fileSystem, directory);
  const reports = await inspectSegments(directory, fileSystem);
  const refusal = refusalOf(directory, reports);
  if (refusal !== undefined) throw refusal;
  const segments = reports.map(({ segment }) => segment);
  const last = reports.at(-1);
  let handle: FileHandle | undefined;
  if (last !== undefined) {
    handle = await fileSystem.open(segmentPath(directory, last.segment.name), 'append');
    if (last.fileBytes > last.segment.bytes) await handle.truncate(last.segment.bytes);
    // A killed process may have left records that were written and never synced. They are handed to readers from now on, so they are made durable first.
    await handle.sync();
  }
  await fileSystem.syncDirectory(directory);
  return new FileJournal(options, segments, handle, last?.end.seq ?? 0, last?.proven ?? 0);
}

class FileJournal implements Journal {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #segmentBytes: number;
  readonly #limitBytes: number;
  readonly #segments: Segment[];
  readonly #waiters = new Waiters();
  readonly #recent: RecentRecords;
  #handle: FileHandle | undefined;
  /** Whether the name of the segment in `#handle` is durable. */
  #named = true;
  #head: number;
  /** Bytes of the last segment that a mark in it proves to be durable. */
  #proven: number;
  #queue: Pending[] = [];
  #queuedBytes = 0;
  #failure: VoorrangError | undefined;
  #closed = false;
  #working: Promise<void> | undefined;
  #housekeeping: Promise<void> = Promise.resolve();

  constructor(
    options: JournalOptions,
    segments: Segment[],
    handle: FileHandle | undefined,
    head: number,
    proven: number,
  ) {
    this.#directory = options.directory;
    this.#fileSystem = options.fileSystem;
    this.#limitBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
    // Only whole segments can be dropped, so a limit needs several of them to make room again.
    this.#segmentBytes = Math.min(options.segmentBytes ?? defaultSegmentBytes, this.#limitBytes / 4);
    this.#recent = new RecentRecords(options.recentBytes ?? 0);
    this.#segments = segments;
    this.#handle = handle;
    this.#head = head;
    this.#proven = proven;
  }

  get head(): number {
    return this.#head;
  }
  get tail(): number {
    return this.#segments[0]?.firstSeq ?? this.#head;
  }
  get sizeBytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  get failure(): Error | undefined {
    return this.#failure;
  }

  append(payloads: readonly Uint8Array[]): Promise<number> {
    if (this.#closed) return Promise.reject(new VoorrangError('VRG_JOURNAL_CLOSED'));
    if (this.#failure !== undefined) return Promise.reject(failedBy(this.#failure));
    const tooLarge = payloads.find(({ length }) => length > maxPayloadBytes);
    if (tooLarge !== undefined) return Promise.reject(new RangeError(`a record of ${tooLarge.length} bytes`));
    if (payloads.length === 0) return Promise.resolve(this.#head);
    const frames = encodeRecords(payloads);
    if (this.sizeBytes + this.#queuedBytes + frames.length + markBytes > this.#limitBytes)
      return Promise.reject(
        new VoorrangError('VRG_SPOOL_FULL', undefined, { details: { limitBytes: this.#limitBytes } }),
      );
    return this.#enqueue(payloads.length, frames);
  }

  async *read(from: number): AsyncIterable<readonly JournalRecord[]> {
    let seq = Math.max(from, this.tail);
    while (seq < this.#head) {
      const recent = this.#recent.from(seq);
      if (recent !== undefined) {
        yield recent;
        seq += recent.length;
        continue;
      }
      const segment = this.#segments.findLast(({ firstSeq }) => firstSeq <= seq);
      if (segment === undefined) {
        seq = this.tail;
        continue;
      }
      const next = this.#segments.find(({ firstSeq }) => firstSeq > seq);
      for await (const records of this.#readSegment(segment, seq)) {
        yield records;
        seq = (records.at(-1)?.seq ?? seq) + 1;
      }
      if (next === undefined) return;
      seq = Math.max(next.firstSeq, this.tail);
    }
  }

  waitFor(seq: number, signal?: AbortSignal): Promise<void> {
    if (this.#head > seq || this.#closed || signal?.aborted) return Promise.resolve();
    return this.#waiters.wait(seq, signal);
  }

  dropBelow(seq: number): Promise<void> {
    this.#housekeeping = this.#housekeeping.catch(() => undefined).then(() => this.#drop(seq));
    return this.#housekeeping;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#working;
    await this.#housekeeping.catch(() => undefined);
    this.#waiters.releaseAll();
    const segment = this.#segments.at(-1);
    try {
      // A last mark proves the last commit, so that a later bad byte in it is told from a torn write.
      if (this.#failure === undefined && segment !== undefined && segment.bytes > this.#proven + markBytes)
        await this.#write(segment, []);
    } finally {
      await this.#handle?.close();
      this.#handle = undefined;
    }
  }

  #enqueue(count: number, frames: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ count, frames, resolve, reject });
      this.#queuedBytes += frames.length;
      this.#working ??= this.#work();
    });
  }

  async #work(): Promise<void> {
    // Appends of the same turn of the event loop share the first sync.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#commit(this.#take());
    // In the same turn as the look at the queue: who appends next starts the work again.
    this.#working = undefined;
  }

  #take(): readonly Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { frames } of this.#queue) {
      if (count > 0 && bytes + frames.length > commitBytes) break;
      bytes += frames.length;
      count += 1;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    try {
      if (this.#failure !== undefined) throw failedBy(this.#failure);
      const segment = await this.#activeSegment();
      await this.#write(segment, batch);
    } catch (thrown) {
      const error = thrown instanceof VoorrangError ? thrown : this.#fail(thrown);
      for (const { reject } of batch) reject(error);
      return;
    }
    let firstSeq = this.#head;
    this.#head += batch.reduce((sum, { count }) => sum + count, 0);
    for (const { resolve, count, frames } of batch) {
      this.#recent.add(firstSeq, count, frames);
      resolve(firstSeq);
      firstSeq += count;
    }
    this.#waiters.release(this.#head);
  }

  /** The segment to write to; begins the next one when it is full or there is none. */
  async #activeSegment(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (
      last !== undefined &&
      this.#handle !== undefined &&
      (last.bytes < this.#segmentBytes || last.firstSeq === this.#head)
    )
      return last;
    const segment = newSegment(this.#head);
    const handle = await this.#create(segment);
    await this.#handle?.close();
    this.#handle = handle;
    this.#named = false;
    this.#proven = 0;
    this.#segments.push(segment);
    return segment;
  }

  async #create(segment: Segment): Promise<FileHandle> {
    try {
      return await this.#fileSystem.open(segmentPath(this.#directory, segment.name), 'append');
    } catch (thrown) {
      // Nothing was written: the next append may try again.
      if (systemErrorCode(thrown) === 'ENOSPC') throw storageFull(thrown);
      throw thrown;
    }
  }

  /** Writes a mark and the frames, and returns when they and the name of their segment are durable. */
  async #write(segment: Segment, batch: readonly Pending[]): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new VoorrangError('VRG_JOURNAL_CLOSED');
    const mark = encodeMark({ offset: segment.bytes, durable: segment.bytes, seq: this.#head });
    const bytes = batch.reduce((sum, { frames }) => sum + frames.length, markBytes);
    try {
      await handle.append([mark, ...batch.map(({ frames }) => frames)]);
    } catch (thrown) {
      if (systemErrorCode(thrown) === 'ENOSPC') await this.#takeBack(handle, segment.bytes, thrown);
      throw thrown;
    }
    faultPoint('journal.append.written');
    await handle.sync();
    if (!this.#named) await this.#fileSystem.syncDirectory(this.#directory);
    faultPoint('journal.append.synced');
    this.#named = true;
    this.#proven = segment.bytes;
    indexPlace(segment, this.#head, segment.bytes);
    segment.bytes += bytes;
  }

  /** The disk is full and nothing was synced: takes the part that was written back, so that the journal goes on when there is room again. */
  async #takeBack(handle: FileHandle, durable: number, cause: unknown): Promise<void> {
    await handle.truncate(durable);
    await handle.sync();
    throw storageFull(cause);
  }

  /** After a failed write or sync nobody knows what is on disk, and a second fsync may report success for pages that were thrown away. */
  #fail(cause: unknown): VoorrangError {
    this.#failure ??= failedBy(cause);
    return systemErrorCode(cause) === 'ENOSPC' ? storageFull(cause) : this.#failure;
  }

  async *#readSegment(segment: Segment, from: number): AsyncGenerator<readonly JournalRecord[]> {
    const end = segment.bytes;
    let handle: FileHandle;
    try {
      handle = await this.#fileSystem.open(segmentPath(this.#directory, segment.name), 'read');
    } catch (thrown) {
      // Dropped between looking and opening: the reader goes on with the oldest record still kept.
      if (!this.#segments.includes(segment)) return;
      throw thrown;
    }
    try {
      for await (const chunk of scanSegment(handle, { ...placeOf(segment, from), open: false }, end)) {
        const records = chunk.records.filter(({ seq }) => seq >= from);
        if (records.length > 0) yield records;
        if (chunk.bad)
          throw new VoorrangError('VRG_JOURNAL_CORRUPT', undefined, {
            details: { segment: segment.name, offset: chunk.state.offset, problem: 'corrupt' },
          });
      }
    } finally {
      await handle.close();
    }
  }

  async #drop(seq: number): Promise<void> {
    if (this.#closed || this.#failure !== undefined) return;
    const last = this.#segments.at(-1);
    // A full last segment that nobody needs would keep its bytes from a limit for ever: an empty commit begins the next one.
    if (last !== undefined && seq >= this.#head && this.#head > last.firstSeq && last.bytes >= this.#segmentBytes)
      await this.#enqueue(0, Buffer.alloc(0)).catch(() => undefined);
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined || next.firstSeq > seq) return;
      this.#segments.shift();
      await this.#fileSystem.remove(segmentPath(this.#directory, oldest.name));
      // One by one and oldest first: a crash that kept a later removal and forgot an earlier one would look like lost records.
      await this.#fileSystem.syncDirectory(this.#directory);
    }
  }
}

const failedBy = (cause: unknown): VoorrangError => new VoorrangError('VRG_JOURNAL_FAILED', undefined, { cause });
const storageFull = (cause: unknown): VoorrangError => new VoorrangError('VRG_STORAGE_FULL', undefined, { cause });
