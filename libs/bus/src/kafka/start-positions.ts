import { VoorrangError } from '@voorrang/kernel';
import type { Positions, SubscribeOptions } from '../ports.ts';
import type { Extent, KafkaAdmin } from './kafka-admin.ts';

/**
 * Where to begin each partition: where the group left off, or where the projection says. What retention has removed meanwhile is skipped.
 * A stored position beyond the end of the log means that the log has lost records or is another one: rejects, for going on would
 * silently pass over whatever is written at those offsets next.
 */
export async function startPositions(
  admin: KafkaAdmin,
  { group, topics, startAt }: Pick<SubscribeOptions, 'group' | 'topics' | 'startAt'>,
  partitions: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const [stored, extents] = await Promise.all([
    startAt === 'committed' ? admin.committed(group, topics) : startAt(),
    admin.extents(topics),
  ]);
  return decideStarts(partitions, stored, extents);
}

export function decideStarts(
  partitions: readonly string[],
  stored: Positions,
  extents: ReadonlyMap<string, Extent>,
): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  const beyond: string[] = [];
  for (const key of partitions) {
    const { low, high } = extents.get(key) ?? { low: 0, high: 0 };
    const position = stored[key] ?? low;
    if (position > high) beyond.push(`${key} ends at ${high} before ${position}`);
    starts.set(key, Math.max(low, position));
  }
  if (beyond.length > 0) {
    throw new VoorrangError('VRG_BUS_TOPIC_MISCONFIGURED', `the log has lost records: ${beyond.join('; ')}`, {
      details: { beyond },
    });
  }
  return starts;
}
