import type { EventData, NewEvent } from '@voorrang/contracts';

/** Instances in one merged fact at most, so that an event stays well below the limits of any broker. */
const mostInstances = 500;

type SeriesObserved = EventData<'series.observed'>;

/**
 * Merges two facts of one series into one with the union of their instances, for the spool. Only facts that say the same of everything else are
 * merged: a corrected name or a second content for the same instance stays a fact of its own.
 */
export function coalesceSeries(first: NewEvent, next: NewEvent): NewEvent | undefined {
  if (first.type !== 'series.observed' || next.type !== 'series.observed') return undefined;
  if (first.key !== next.key || first.site !== next.site || first.source !== next.source) return undefined;
  const a = first.data as SeriesObserved;
  const b = next.data as SeriesObserved;
  if (a.instances.length + b.instances.length > mostInstances || sameness(a) !== sameness(b)) return undefined;
  const digests = new Map(a.instances.map(({ sopInstanceUid, digest }) => [sopInstanceUid, digest]));
  for (const { sopInstanceUid, digest } of b.instances) {
    const known = digests.get(sopInstanceUid);
    if (known !== undefined && known !== digest) return undefined;
    digests.set(sopInstanceUid, digest);
  }
  const instances = [...digests].map(([sopInstanceUid, digest]) => ({ sopInstanceUid, digest }));
  return { ...first, data: { ...a, instances } };
}

/** Everything but what differs from image to image. */
const sameness = ({ instances: _instances, acquiredAt: _acquiredAt, ...rest }: SeriesObserved): string =>
  JSON.stringify(rest);
