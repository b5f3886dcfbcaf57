/** One write at a time; whoever asks while one runs shares the next, which begins after they asked. */
export class Flushing {
  readonly #write: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  flush(): Promise<void> {
    this.#next ??= this.run(async () => {
      this.#next = undefined;
      await this.#write();
    });
    return this.#next;
  }

  /** Runs alone, after what was asked for before. */
  run(work: () => Promise<void>): Promise<void> {
    const done = this.#running.then(work);
    this.#running = done.catch(() => undefined);
    return done;
  }
}
