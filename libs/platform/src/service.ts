import type { Clock, OpaqueKeys } from '@voorrang/kernel';
import type { Router } from 'express';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Part of a service's health, shown by `/health/ready`. `detail` never holds patient data. */
export type HealthPart = { readonly ok: boolean; readonly detail: string };

/**
 * What every service composition returns. `createX(...)` only wires; `start` opens ports and subscriptions; `stop` finishes work in hand.
 * `routes` is mounted by whoever owns the HTTP port: the one process of the embedded profile, or the service's own main.
 */
export interface Service {
  readonly name: string;
  readonly routes: Router;
  /** One line per open port, for the start announcement. */
  readonly ports: () => readonly string[];
  health(): Readonly<Record<string, HealthPart>>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What every service is given. Adapters of the profile (bus, database, worklist store) come beside it. */
export type ServiceContext = {
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
};
