import { type Hl7Header, outOfOrder, type SentPlace, sentPlaceOf } from '@voorrang/hl7';
import type { Metrics } from '@voorrang/platform';

/** Senders remembered at a time; a stranger that makes up names pushes out others, and nothing worse. */
const most = 500;

/** Counts what comes out of order by MSH-13 and MSH-7, per sender. It never holds a message back. */
export function countOutOfOrder(metrics: Metrics): (header: Hl7Header) => void {
  const counter = metrics.counter(
    'voorrang_ingest_hl7_out_of_order_total',
    'HL7 messages out of order, by what shows it',
    ['kind'],
  );
  const last = new Map<string, SentPlace>();
  return (header) => {
    const sender = `${header.raw(3)}\0${header.raw(4)}`;
    const before = last.get(sender);
    const now = sentPlaceOf(header);
    if (before !== undefined) for (const kind of outOfOrder(before, now)) counter.inc({ kind });
    last.delete(sender);
    last.set(sender, now);
    if (last.size > most) last.delete(last.keys().next().value ?? '');
  };
}
