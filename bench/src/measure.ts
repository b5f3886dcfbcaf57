/** One measured figure. `ratio` is taken against a peer or a limit of the same run; only ratios compare between machines. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is held against in the same run, with its value in the same unit. */
  readonly against?: { readonly name: string; readonly value: number };
  readonly aim?: Aim;
};

/** `atLeast` and `atMost` bound the ratio when there is a peer, else the value. */
export type Aim = { readonly atLeast: number } | { readonly atMost: number };

export type Measurement = {
  readonly name: string;
  readonly about: string;
  run(): Promise<readonly Figure[] | { readonly skipped: string }>;
};

export const heldOf = (figure: Figure): number =>
  figure.against === undefined ? figure.value : figure.value / figure.against.value;

/** An aim is missed when the held number is more than a quarter on the wrong side: the noise of a shared machine is not a regression. */
export function isMissed(figure: Figure): boolean {
  if (figure.aim === undefined) return false;
  const held = heldOf(figure);
  return 'atLeast' in figure.aim ? held < figure.aim.atLeast * 0.75 : held > figure.aim.atMost * 1.25;
}

/** Percentile by nearest rank of unsorted samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 50);

/** Runs `work` and resolves with the seconds it took. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}
