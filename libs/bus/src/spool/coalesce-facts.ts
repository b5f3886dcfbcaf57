import { type Event, eventIdOf, type NewEvent } from '@voorrang/contracts';
import { seconds } from '@voorrang/kernel';

/** The merged fact has the instant of its first: what it says came at most this much later. */
const longestSpan = seconds(1);

/** A fact on its way to the bus; `through` is the number of the last one merged into it. */
type Merged = { event: Event; through: number };

/**
 * Merges facts of a batch that follow each other in their key and have one type, site and source and were observed within 1 s, as far as `coalesce` agrees. A merged
 * fact stands where its first stood, with its stamp; facts of one key keep their order.
 */
export function coalesceFacts(
  events: readonly Event[],
  coalesce: (first: NewEvent, next: NewEvent) => NewEvent | undefined,
): readonly Event[] {
  const merged: Merged[] = [];
  const lastOfKey = new Map<string, Merged>();
  for (const event of events) {
    const last = lastOfKey.get(event.key);
    const one =
      last !== undefined && isAlike(last.event, event) ? coalesce(factOf(last.event), factOf(event)) : undefined;
    if (last !== undefined && one !== undefined) {
      const { stamp } = last.event;
      last.through = event.stamp.seq;
      last.event = { ...one, stamp, id: eventIdOf(stamp, last.through) };
      continue;
    }
    const next = { event, through: event.stamp.seq };
    merged.push(next);
    lastOfKey.set(event.key, next);
  }
  return merged.map(({ event }) => event);
}

const isAlike = (a: Event, b: Event): boolean =>
  a.type === b.type &&
  a.site === b.site &&
  a.source === b.source &&
  b.stamp.observedAt - a.stamp.observedAt <= longestSpan;

const factOf = ({ id: _id, stamp: _stamp, ...fact }: Event): NewEvent => fact;
