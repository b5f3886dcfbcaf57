import { join } from 'node:path';
import { type DurationMs, minutes, seconds } from '@voorrang/kernel';

export type WorklistConfig = {
  /** Site of requests that name none. */
  readonly site: string;
  /** All sites whose studies are in the store; the one above is always among them. */
  readonly sites: readonly string[];
  /** How long a claim lasts without being renewed. */
  readonly leaseMs: DurationMs;
  /** Comment lines that keep proxies from closing a quiet event stream. Real time. */
  readonly heartbeatMs: DurationMs;
  /** Looks for changes after this long without a wake-up, and tries again after this long while the store is away. Real time. */
  readonly lookEveryMs: DurationMs;
  /** Clients of the event stream; the next one gets 503. */
  readonly maxClients: number;
  /** Folder of the built pages. */
  readonly webRoot: string;
};

export const worklistDefaults: WorklistConfig = {
  site: 'EX',
  sites: ['EX'],
  leaseMs: minutes(15),
  heartbeatMs: seconds(15),
  lookEveryMs: seconds(1),
  maxClients: 500,
  webRoot: join(import.meta.dirname, '../web/dist'),
};
