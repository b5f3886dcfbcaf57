import { Session } from 'node:inspector/promises';

/**
 * Says whether an input reached code that none before it had reached: V8's block coverage between two looks (`node:inspector`). Light rather than exact:
 * a place counts once, whatever was done there.
 */
export class CoverageGuide {
  readonly #session = new Session();
  readonly #of: RegExp;
  readonly #seen = new Set<string>();

  /** Scripts whose address matches `of` count. */
  constructor(of: RegExp) {
    this.#of = of;
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that were reached for the first time since the last look. */
  async take(): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const before = this.#seen.size;
    for (const { url, functions } of result) {
      if (!this.#of.test(url)) continue;
      const script = url.slice(url.lastIndexOf('/') + 1);
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges)
          if (count > 0) this.#seen.add(`${script}:${startOffset}-${endOffset}`);
      }
    }
    return this.#seen.size - before;
  }

  get blocks(): number {
    return this.#seen.size;
  }

  async stop(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
