import type { EventData, EventType, NewEvent } from '@voorrang/contracts';
import type { Clock, OpaqueKeys } from '@voorrang/kernel';
import type { Logger, Metrics } from '@voorrang/platform';
import type { RegisteredDetector } from '../domain/registry.ts';
import type { ResultsStore } from './ports.ts';

/** What the handlers of this service work with. */
export type Deps = {
  readonly store: ResultsStore;
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly registry: readonly RegisteredDetector[];
  /** Site code to local hour of an instant; a site that is not in the protocol is `undefined`. */
  readonly localHour: (site: string, at: number) => number | undefined;
  /** W3C trace context of the work in hand. */
  readonly traceparent: () => string | undefined;
  /** Something was appended to the outbox, or became due: to be called after the commit. */
  readonly committed: () => void;
};

/** An event of this service, to be stamped when it is appended. */
export function eventOf<T extends EventType>(
  deps: Pick<Deps, 'traceparent'>,
  type: T,
  site: string,
  key: string,
  data: EventData<T>,
): NewEvent {
  const traceparent = deps.traceparent();
  return { type, source: '/ai-results', site, key, data, ...(traceparent === undefined ? {} : { traceparent }) };
}
