import { toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { evidenceMemory } from './evidence-memory.ts';
import { type CollectedObject, HeaderCollector } from './header-collector.ts';
import { type FileStart, longestFileStart, readFileStart } from './part10.ts';
import { encodingOf } from './transfer-syntax.ts';

/** A file of which the header was read; its preamble and its pixels are gone. */
export type CollectedFile = CollectedObject & {
  readonly transferSyntax: string | undefined;
  /** What its file meta information says it is. */
  readonly named: { readonly sopClassUid: string | undefined; readonly sopInstanceUid: string | undefined };
};

/**
 * Reads files of PS3.10 one after the other while they arrive, as `HeaderCollector` reads data sets: in memory that depends on neither their size nor their number.
 * The preamble may hold anything, also a program: it is looked at by nobody and never kept.
 */
export class FileCollector {
  readonly #collector: HeaderCollector;
  #held: Buffer = Buffer.alloc(0);
  #start: FileStart | undefined;
  #failure: VoorrangError | undefined;
  #total = 0;
  #assumed: string | undefined;

  constructor(headerBytes: number) {
    this.#collector = new HeaderCollector(headerBytes);
  }

  /** `assumed`: the transfer syntax of a file that does not say it. */
  begin(assumed?: string): void {
    this.#held = Buffer.alloc(0);
    this.#start = undefined;
    this.#failure = undefined;
    this.#total = 0;
    this.#assumed = assumed;
  }

  append(bytes: Buffer): void {
    this.#total += bytes.length;
    if (this.#failure !== undefined) return;
    if (this.#start === undefined) {
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
      this.#open(false);
    } else this.#collector.append(bytes, 0, bytes.length);
  }

  /** Never throws: what is wrong with the file is in its header. `dataSet` is given back with `release`. */
  finish(): CollectedFile {
    if (this.#start === undefined && this.#failure === undefined) this.#open(true);
    const { sopClassUid, sopInstanceUid } = this.#start ?? {};
    const about = { transferSyntax: this.#start?.transferSyntax, named: { sopClassUid, sopInstanceUid } };
    if (this.#failure === undefined) return { ...this.#collector.finish(), totalBytes: this.#total, ...about };
    const header = { ok: false as const, error: this.#failure };
    return { header, digest: '', keptBytes: 0, totalBytes: this.#total, ...about };
  }

  /** The file will never be finished. */
  discard(): void {
    this.#collector.discard();
  }

  static release({ dataSet }: CollectedFile): void {
    evidenceMemory.giveBack(dataSet);
  }

  #open(isAll: boolean): void {
    try {
      const start = readFileStart(this.#held, isAll || this.#held.length > longestFileStart, this.#assumed);
      if (start === undefined) return;
      this.#start = start;
      const encoding = encodingOf(start.transferSyntax);
      if (encoding === undefined) throw unknownSyntax();
      this.#collector.begin(encoding, start.sopClassUid ?? '');
      this.#collector.append(this.#held, start.dataSetAt, this.#held.length);
    } catch (thrown) {
      this.#failure = toVoorrangError(thrown);
    }
    this.#held = Buffer.alloc(0);
  }
}

const unknownSyntax = (): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', 'the data set cannot be read: transfer syntax', {
    details: { attribute: 'transfer syntax' },
  });
