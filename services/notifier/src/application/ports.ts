import type { NewEvent, Severity } from '@voorrang/contracts';
import type { Clock, EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Logger, Metrics } from '@voorrang/platform';
import type { ChannelKind, Protocol } from '@voorrang/protocol';
import type { Database } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { NotifierSchema, PageKind } from '../adapters/sql/schema.ts';
import type { ChannelOutcome } from '../domain/retry.ts';

export type Trx = Transaction<NotifierSchema>;

/** What the parts of the notifier share. */
export type Notifier = {
  readonly database: Database<NotifierSchema>;
  readonly protocol: Protocol;
  readonly keys: OpaqueKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly channels: Channels;
  /** Wakes the loops after a commit. */
  readonly nudge: () => void;
};

/** One transaction's work: what it tells goes into the outbox with it. */
export type Work = Pick<Notifier, 'protocol' | 'keys'> & {
  readonly trx: Trx;
  readonly now: EpochMs;
  readonly events: NewEvent[];
  /** W3C trace context of what causes this work: told events, steps and pages carry it. */
  readonly traceparent: string | undefined;
};

/** One page as a channel gets it: nothing of the patient. */
export type PageMessage = {
  readonly alertId: string;
  readonly stepIndex: number;
  readonly recipient: string;
  readonly team: string;
  /** Word on the phone. */
  readonly pageWord: string;
  readonly severity: Severity;
  readonly site: string;
  readonly url: string;
  readonly sentAt: EpochMs;
  readonly idempotencyKey: string;
  readonly kind: PageKind;
  /** W3C trace context of the sending, for the provider. */
  readonly traceparent?: string | undefined;
};

/** One way to reach a person. Never rejects: what went wrong is an outcome. */
export interface Channel {
  send(message: PageMessage, address: string): Promise<ChannelOutcome>;
}

/** A channel that is not configured is absent, and addresses for it count as none. */
export type Channels = Readonly<Partial<Record<ChannelKind, Channel>>>;

export const serviceName = 'notifier';
