import kafkajs, { type Kafka } from 'kafkajs';
import type { KafkaSettings } from './options.ts';

/**
 * A fresh client. Never share one between two consumers of a group: kafkajs 2.2.4 keeps the committed offsets of a group per client, and a
 * member that joins clears those of the other.
 * Its logger is off: it can quote requests, and every failure reaches us as an error or an event anyway.
 */
export function kafkaClient(settings: KafkaSettings): Kafka {
  filterTimeoutWarning();
  return new kafkajs.Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: settings.timing.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
}

let filtered = false;

/**
 * kafkajs 2.2.4 sets a timer with a negative time at every first request (its issue 1751), which Node 24 reports once per process. The timer
 * fires after a millisecond as before: the warning says nothing an operator could act on. All other warnings pass.
 */
function filterTimeoutWarning(): void {
  if (filtered) return;
  filtered = true;
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const type = typeof rest[0] === 'string' ? rest[0] : (rest[0] as { type?: string } | undefined)?.type;
    if (type !== 'TimeoutNegativeWarning') Reflect.apply(emit, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
}
