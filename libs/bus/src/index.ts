export {
  type EventHandler,
  type HandlerContext,
  type RunEventsOptions,
  type RunnerMetrics,
  runEvents,
} from './consumer-runner.ts';
export { type JournalBus, type JournalBusOptions, journalBus } from './journal/journal-bus.ts';
export * from './ports.ts';
export type { ReceiptSink } from './spool/receipt-relay.ts';
export { longestFact, openSpool, type Spool, type SpoolOptions } from './spool.ts';
export type { RunnerLogger } from './telling-failures.ts';
