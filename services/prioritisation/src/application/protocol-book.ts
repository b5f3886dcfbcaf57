import type { KnownEvent } from '@voorrang/contracts';
import type { Logger } from '@voorrang/platform';
import { loadProtocol, type Protocol } from '@voorrang/protocol';

/** The protocols that were ever in force, read from the texts that their activation kept. */
export class ProtocolBook {
  readonly current: Protocol;
  readonly byHash = new Map<string, Protocol>();
  readonly #unreadable = new Set<string>();
  readonly #logger: Logger;

  constructor(current: Protocol, logger: Logger) {
    this.current = current;
    this.byHash.set(current.hash, current);
    this.#logger = logger;
  }

  /** Hashes of activated protocols that this version can no longer read; the current one is used in their place. */
  get unreadable(): readonly string[] {
    return [...this.#unreadable];
  }

  /** Reads the protocol of an activation once, before anything is projected under it. */
  note(event: KnownEvent): void {
    if (event.type !== 'policy.activated') return;
    const { hash, files } = event.data;
    if (this.byHash.has(hash) || this.#unreadable.has(hash)) return;
    const loaded = loadProtocol(files);
    if (loaded.ok) {
      this.byHash.set(hash, loaded.value);
      return;
    }
    this.#unreadable.add(hash);
    this.#logger.warn('an activated protocol can no longer be read; the current one is used for facts of its time', {
      hash,
      problems: loaded.error.length,
    });
  }
}
