import type { KnownEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Metrics } from '@voorrang/platform';

/** Metrics of the service. Labels are event types: a closed set. */
export function measuresOf(metrics: Metrics) {
  const folded = metrics.counter('voorrang_prioritisation_facts_total', 'facts folded into the worklist', ['type']);
  const toRow = metrics.histogram(
    'voorrang_prioritisation_fact_to_row_seconds',
    'from the stamp of a fact to its row in the worklist store, of facts that came live',
  );
  const rebuilds = metrics.counter('voorrang_prioritisation_rebuilds_total', 'rebuilds of the worklist store');
  const documents = metrics.gauge('voorrang_prioritisation_documents', 'documents in the worklist store');
  const lag = metrics.gauge('voorrang_prioritisation_lag', 'positions between the heads of the bus and what is folded');
  return {
    folded: (events: readonly KnownEvent[]) => {
      for (const { type } of events) folded.inc({ type });
    },
    written: (events: readonly KnownEvent[], now: EpochMs) => {
      for (const { stamp } of events) toRow.observe(Math.max(0, now - stamp.observedAt) / 1000);
    },
    rebuilt: () => rebuilds.inc(),
    documents: (count: number) => documents.set(count),
    lag: (records: number) => lag.set(records),
  };
}
export type Measures = ReturnType<typeof measuresOf>;
