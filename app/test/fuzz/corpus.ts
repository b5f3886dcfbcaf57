import type { CoverageGuide } from './coverage-guide.ts';
import { type MutatorOptions, mutate } from './mutate.ts';

/** Inputs to start from, and those that were kept: one each time new code was reached, at most `mostFound`. */
export class Corpus<Seed extends { readonly bytes: Buffer }> {
  readonly #seeds: Seed[];
  readonly #random: () => number;
  readonly given: number;

  constructor(seeds: readonly Seed[], random: () => number) {
    this.#seeds = [...seeds];
    this.#random = random;
    this.given = seeds.length;
  }

  get found(): number {
    return this.#seeds.length - this.given;
  }

  pick(): Seed {
    const seed = this.#seeds[Math.floor(this.#random() * this.#seeds.length)];
    if (seed === undefined) throw new Error('no input to start from');
    return seed;
  }

  mutated(seed: Seed, options: Omit<MutatorOptions, 'random'>): Seed {
    return { ...seed, bytes: mutate(seed.bytes, this.pick().bytes, { ...options, random: this.#random }) };
  }

  /** Inputs of one round: any of them may be the one that reached new code. */
  async keepWhenNew(seeds: readonly Seed[], guide: CoverageGuide | undefined): Promise<void> {
    if (guide === undefined || (await guide.take()) === 0 || this.found >= mostFound) return;
    this.#seeds.push(...seeds);
  }
}

const mostFound = 2_000;
