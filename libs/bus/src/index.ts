export {
  type EventHandler,
  type HandlerContext,
  type RunEventsOptions,
  type RunnerLogger,
  type RunnerMetrics,
  runEvents,
} from './consumer-runner.ts';
export * from './ports.ts';
export type { Spool, SpoolOptions } from './spool.ts';
