/** An input that broke a promise; `input` is its first kilobytes in base64, so that it can be made a test. */
export type Failure = { readonly case: number; readonly what: string; readonly input: string };

/** What one run found. An empty `failures` is a pass. */
export type FuzzReport = {
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  /** Inputs the fuzzer started from, and those it kept because they reached new code. */
  readonly corpus: { readonly given: number; readonly found: number };
  readonly blocksReached: number;
  /** Processor time of the dearest single case. */
  readonly dearestCaseMs: number;
  /** Bytes in use after a collection, at the end against after the warm-up. */
  readonly grownBytes: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
};

export type FuzzOptions = {
  readonly cases: number;
  readonly seed: number;
  /** Ends earlier when this time is over. */
  readonly seconds: number;
  /** Keep inputs that reach new code. Costs some milliseconds for each case. */
  readonly guided: boolean;
};

/** What a run notes on its way; after ten failures it is enough. */
export class Notes {
  readonly #failures: Failure[] = [];
  readonly #outcomes = new Map<string, number>();
  readonly #begin = performance.now();
  readonly #options: FuzzOptions;
  dearestMs = 0;
  done = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
  }

  get goesOn(): boolean {
    const { cases, seconds } = this.#options;
    return this.done < cases && this.#failures.length < 10 && performance.now() - this.#begin < seconds * 1_000;
  }

  /** Whether this look falls in the first tenth, in which caches and code warm up. */
  get warmingUp(): boolean {
    return this.done < this.#options.cases / 10;
  }

  count(outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  fail(what: string, input: Buffer): void {
    this.#failures.push({ case: this.done, what, input: input.subarray(0, 4_096).toString('base64') });
  }

  report(target: string, rest: Pick<FuzzReport, 'corpus' | 'blocksReached' | 'grownBytes'>): FuzzReport {
    const round = (value: number): number => Math.round(value * 10) / 10;
    return {
      target,
      seed: this.#options.seed,
      cases: this.done,
      seconds: round((performance.now() - this.#begin) / 1_000),
      ...rest,
      dearestCaseMs: round(this.dearestMs),
      outcomes: Object.fromEntries([...this.#outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
      failures: this.#failures,
    };
  }
}
