import type { Run } from '@voorrang/contracts';
import type { Result, VoorrangError } from '@voorrang/kernel';
import type { Deps } from './deps.ts';
import { type GivenRun, type Taken, takeRuns } from './take-run.ts';

type Answer = Result<Taken, VoorrangError>;
type Waiting = {
  readonly given: GivenRun;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** Runs of one transaction at most. */
const maxBatch = 64;

/**
 * Group commit for results: runs that arrive while a transaction is on its way share the next one, so a burst costs a few syncs and not one for each run.
 * A batch that fails is tried again run by run: one that cannot be stored harms no other.
 */
export class RunIntake {
  readonly #deps: () => Deps;
  readonly #waiting: Waiting[] = [];
  #working = false;

  constructor(deps: () => Deps) {
    this.#deps = deps;
  }

  /** Resolves when the run and its event are durable. */
  take(run: Run, site: string): Promise<Answer> {
    const given = { run, site, traceparent: this.#deps().traceparent() };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ given, resolve, reject });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let batch = this.#waiting.splice(0, maxBatch); batch.length > 0; batch = this.#waiting.splice(0, maxBatch)) {
      if (!(await this.#settle(batch)) && batch.length > 1) for (const one of batch) await this.#settle([one]);
    }
    this.#working = false;
  }

  /** False when a batch of several failed and nobody was answered yet. */
  async #settle(batch: readonly Waiting[]): Promise<boolean> {
    try {
      const answers = await takeRuns(
        this.#deps(),
        batch.map(({ given }) => given),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
      return true;
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      return batch.length === 1;
    }
  }
}
