import { compareStamps, type Stamp } from '@voorrang/kernel';
import type { KnownOrder } from './known-study.ts';

/** An order as it is kept. `placerId` is that of the same order under its placer number alone, when it names one. */
export type OrderRecord = {
  readonly orderId: string;
  readonly placerId: string | null;
  readonly cancelled: boolean;
  readonly known: KnownOrder;
};

/**
 * The orders that are not cancelled, each with what was told of it under its placer number alone (a stroke code, a cancellation) before it had a filler
 * number. An order under a placer number alone that another has taken over is none of its own any more.
 */
export function ordersInForce(records: readonly OrderRecord[]): readonly KnownOrder[] {
  const byId = new Map(records.map((record) => [record.orderId, record]));
  const takenOver = new Set(records.map(({ placerId }) => placerId));
  return records.flatMap(({ orderId, placerId, cancelled, known }) => {
    const before = placerId === null ? undefined : byId.get(placerId);
    if (takenOver.has(orderId) || cancelled || before?.cancelled === true) return [];
    return [before === undefined ? known : lastWords(before.known, known)];
  });
}

/** The later word of each field. What has no stamp was never said, or before stamps were kept: then a word counts more than silence. */
function lastWords(before: KnownOrder, own: KnownOrder): KnownOrder {
  const { saidAt: beforeAt = {}, ...words } = before;
  const fields = Object.keys(words) as (keyof typeof words)[];
  const earlier = fields.filter((field) => isLater(beforeAt[field], own.saidAt?.[field], own[field]));
  return { ...own, ...Object.fromEntries(earlier.map((field) => [field, words[field]])) };
}

function isLater(before: Stamp | undefined, own: Stamp | undefined, ownWord: string | boolean): boolean {
  if (before === undefined || own === undefined) return own === undefined && (before !== undefined || !ownWord);
  return compareStamps(before, own) > 0;
}
