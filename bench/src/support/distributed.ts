import { startDistributed as start } from '@voorrang/testing/infrastructure';

/** The product as five processes; runs are posted to the service that owns them, rows are read at the front door. */
export type DistributedBase = {
  readonly base: string;
  readonly resultsBase: string;
  readonly headers: Readonly<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** `undefined` where Kafka, Redis or PostgreSQL is neither given nor to be started. */
export async function startDistributed(): Promise<DistributedBase | undefined> {
  const product = await start({ environment: { VOORRANG_LOG_LEVEL: 'warn' } }).catch(() => undefined);
  if (product === undefined) return undefined;
  return {
    base: product.base,
    resultsBase: product.bases['ai-results'],
    headers: { authorization: `Bearer ${product.apiToken}`, 'content-type': 'application/json' },
    [Symbol.asyncDispose]: () => product.stop(),
  };
}
