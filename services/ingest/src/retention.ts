import { randomUUID } from 'node:crypto';
import { type DurationMs, hours, minutes, seconds } from '@voorrang/kernel';
import type { ServiceContext } from '@voorrang/platform';
import { type Database, type Loop, leaseOn, startLoop } from '@voorrang/sql';
import { type IngestSchema, serviceName } from './adapters/sql/schema.ts';
import { prune } from './adapters/sql/sql-retention.ts';

const everyMs = hours(1);
/** Between two rounds while there is more, so that facts come first. */
const betweenMs = seconds(1);

/** Prunes, hour by hour and in one process, what has been silent for `keepMs`. */
export function startRetention(
  database: Database<IngestSchema>,
  { clock, logger, metrics }: Pick<ServiceContext, 'clock' | 'logger' | 'metrics'>,
  keepMs: DurationMs,
): Loop {
  const pruned = metrics.counter('voorrang_ingest_pruned_total', 'studies, orders and steps pruned after long silence');
  const lease = leaseOn(database.query, {
    service: serviceName,
    name: 'retention',
    holder: randomUUID(),
    leaseMs: minutes(2),
  });
  return startLoop({
    name: 'ingest retention',
    clock,
    logger,
    round: async () => {
      const now = clock.now();
      if (!(await lease.take(now))) return { waitMs: everyMs };
      const count = await prune(database, now - keepMs, now);
      pruned.inc(count);
      if (count > 0) return { waitMs: betweenMs };
      await lease.giveUp();
      return { waitMs: everyMs };
    },
  });
}
