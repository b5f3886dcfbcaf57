import { VoorrangError } from '@voorrang/kernel';
import { Redis } from 'ioredis';

export type ConnectionOptions = {
  readonly url: string;
  /** Longest wait for one answer; then the connection is made anew. */
  readonly commandTimeoutMs: number;
  /** 0 to 1; spreads reconnects. */
  readonly random: () => number;
  readonly onReady?: () => void;
};

const connectTimeoutMs = 3_000;
const longestBackoffMs = 2_000;

/**
 * One connection that fails fast: while it is down every command rejects `VRG_STORE_UNAVAILABLE` at once (nothing is queued and nothing is sent
 * twice), and it reconnects with jitter for ever. Only the very first command waits for the connection.
 */
export class RedisConnection {
  readonly client: Redis;
  #first: Promise<void> | undefined;
  #reason = 'not connected yet';

  constructor({ url, commandTimeoutMs, random, onReady }: ConnectionOptions) {
    this.client = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      keepAlive: 10_000,
      retryStrategy: (attempt) => Math.min(longestBackoffMs, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + random() / 2),
      // A replica that answers READONLY after a failover: connect anew, to the new primary.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
    this.client.on('error', (error: NodeJS.ErrnoException) => {
      this.#reason = error.code ?? 'connection failed';
    });
    this.client.on('close', () => {
      this.#reason = 'connection lost';
    });
    if (onReady) this.client.on('ready', onReady);
  }

  get used(): boolean {
    return this.#first !== undefined;
  }

  get health(): { readonly ok: boolean; readonly detail: string } {
    const ok = this.client.status === 'ready';
    return { ok, detail: ok ? 'connected' : this.#reason };
  }

  /** @throws VRG_STORE_UNAVAILABLE (transient): applying again is safe, since positions make every write idempotent. */
  async run<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    this.#first ??= this.client.connect().catch(() => undefined);
    if (this.client.status !== 'ready') await this.#first;
    if (this.client.status !== 'ready') throw unavailable(this.#reason);
    try {
      return await work(this.client);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.message === 'Command timed out') this.client.disconnect(true);
      throw errorOf(error);
    }
  }

  close(): void {
    this.client.disconnect();
  }
}

const unavailable = (reason: string, cause?: unknown): VoorrangError =>
  new VoorrangError('VRG_STORE_UNAVAILABLE', undefined, { details: { reason }, cause });

/** Answers of a server that may answer well later: loading, failing over, out of memory, busy, sign-in refused. */
const passing =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|UNBLOCKED)\b/;

function errorOf(error: Error): VoorrangError {
  if (error instanceof VoorrangError) return error;
  if (error.name !== 'ReplyError') return unavailable('connection lost', error);
  const word = passing.exec(error.message)?.[1];
  return word ? unavailable(word, error) : new VoorrangError('VRG_INTERNAL', undefined, { cause: error });
}
