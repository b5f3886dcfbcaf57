import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds of processor time that this thread has used: other load on the machine does not count. */
const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** Processor time of one piece of work in milliseconds, which may be repeated: the least of three when the first took longer than `limitMs`. */
export function costOf(work: () => void, limitMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && least > limitMs; attempt += 1) {
    const begin = threadMs();
    work();
    least = Math.min(least, threadMs() - begin);
  }
  return least;
}

/** Longest time in milliseconds that nothing else could run, since the last look. */
export class LoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: 5 });

  constructor() {
    this.#histogram.enable();
  }

  take(): number {
    const longest = this.#histogram.max / 1e6;
    this.#histogram.reset();
    return longest;
  }

  stop(): void {
    this.#histogram.disable();
  }
}

/** Bytes of heap and buffers in use after a collection; the process must have been started with `--expose-gc`. */
export function liveBytes(): number {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
