export { createLogger, type LogFields, type Logger, type LogLevel, safeError, silentLogger } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export type { HealthPart, Service, ServiceContext } from './service.ts';
