import { posix } from 'node:path';
import type { SimulatedFile } from './simulated-file.ts';

/** What a name stands for. */
export type Node = SimulatedFile | 'directory';

type NameChange = { readonly directories: readonly string[]; readonly apply: (names: Map<string, Node>) => void };

/** The names of the simulated disk: those the process sees, and those that are durable. A change is durable when one of its directories was synced. */
export class SimulatedNames {
  readonly current: Map<string, Node>;
  #durable: Map<string, Node>;
  #pending: NameChange[] = [];

  constructor(names: ReadonlyMap<string, Node> = new Map([['/', 'directory']])) {
    this.current = new Map(names);
    this.#durable = new Map(names);
  }

  set(path: string, node: Node): void {
    this.#change({ directories: [posix.dirname(path)], apply: (names) => names.set(path, node) });
  }

  remove(path: string): void {
    this.#change({ directories: [posix.dirname(path)], apply: (names) => names.delete(path) });
  }

  /** Atomic: a crash shows the names before it or after it. */
  rename(from: string, to: string, node: Node): void {
    this.#change({
      directories: [posix.dirname(from), posix.dirname(to)],
      apply: (names) => {
        names.delete(from);
        names.set(to, node);
      },
    });
  }

  sync(directory: string): void {
    const done = this.#pending.filter(({ directories }) => directories.includes(directory));
    this.#pending = this.#pending.filter((change) => !done.includes(change));
    for (const { apply } of done) apply(this.#durable);
  }

  /** Durable names and, of the other changes, what chance decides. A name whose directory is gone is gone. */
  afterCrash(random: () => number): ReadonlyMap<string, Node> {
    const left = new Map(this.#durable);
    for (const { apply } of this.#pending) if (random() < 0.5) apply(left);
    const reachable = (path: string): boolean =>
      path === '/' || (left.get(posix.dirname(path)) === 'directory' && reachable(posix.dirname(path)));
    return new Map([...left].filter(([path]) => reachable(path)));
  }

  #change(change: NameChange): void {
    change.apply(this.current);
    this.#pending.push(change);
  }
}
