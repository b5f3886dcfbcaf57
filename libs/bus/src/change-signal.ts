/** Lets some wait for a condition that others change. */
export class ChangeSignal {
  #listeners = new Set<() => void>();

  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves when `holds`, looked at now and at every `notify`; or when the signal aborts, which the caller then sees on it. */
  until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds() && !signal?.aborted) return;
        this.#listeners.delete(look);
        signal?.removeEventListener('abort', look);
        resolve();
      };
      this.#listeners.add(look);
      signal?.addEventListener('abort', look);
      look();
    });
  }
}
