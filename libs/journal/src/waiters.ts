/** Those who wait for the journal to grow past a number. */
export class Waiters {
  #waiting: { readonly seq: number; readonly wake: () => void }[] = [];

  wait(seq: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const waiter = { seq, wake };
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        wake();
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  release(head: number): void {
    const ready = this.#waiting.filter(({ seq }) => seq < head);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(({ seq }) => seq >= head);
    for (const { wake } of ready) wake();
  }

  releaseAll(): void {
    this.release(Number.POSITIVE_INFINITY);
  }
}
