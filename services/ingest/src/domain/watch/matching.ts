import type { DurationMs, EpochMs } from '@voorrang/kernel';

/**
 * What is known of an order that may wait for images. The times are stamps in a form that sorts (`stampText`); each is the smallest or the greatest of its kind, so facts
 * may come in any order and again.
 */
export type AwaitedOrder = {
  readonly firstPlaced: string | null;
  readonly lastPlaced: string | null;
  readonly lastCancelled: string | null;
  readonly status: 'scheduled' | 'in-progress' | 'completed' | 'discontinued' | null;
  readonly reported: boolean;
  readonly requestedAt: EpochMs | null;
  /** When it was told first; `null`: known by a report or a cancellation only. */
  readonly firstAt: EpochMs | null;
};

/** Whether an order still asks for images: not cancelled (or placed once more since), not discontinued, not reported. */
export function asksForImages(order: AwaitedOrder): boolean {
  const { firstPlaced, lastPlaced, lastCancelled } = order;
  if (order.firstAt === null || order.reported || order.status === 'discontinued') return false;
  if (lastCancelled === null) return true;
  const again = firstPlaced !== null && lastPlaced !== null && firstPlaced < lastPlaced;
  return again && lastPlaced > lastCancelled;
}

/** When an order without images is told: so long after its requested or scheduled time, never counted from before we knew of it. */
export const orderDueAt = ({ requestedAt, firstAt }: AwaitedOrder, limitMs: DurationMs): EpochMs =>
  Math.max(requestedAt ?? 0, firstAt ?? 0) + limitMs;

/** A stamp as text whose order is that of `compareStamps`. */
export const stampText = ({
  observedAt,
  ingestId,
  seq,
}: {
  observedAt: number;
  ingestId: string;
  seq: number;
}): string => `${String(observedAt).padStart(16, '0')} ${ingestId} ${String(seq).padStart(16, '0')}`;
