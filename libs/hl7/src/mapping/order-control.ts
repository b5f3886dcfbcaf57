import type { EventData } from '@voorrang/contracts';

type Status = EventData<'order.placed'>['status'];

export type OrderChange = 'placed' | 'changed' | 'cancelled';

/** ORC-1 that bring an order into the world (table 0119): new, replacement, and sent by the filler for a number (IHE RAD-3). */
const placing = ['NW', 'RO', 'SN'];
/** What was asked cannot be done (unable to cancel, to discontinue, to replace): the order stands as it was placed. */
const reinstating = ['UC', 'UD', 'UM'];
/** Cancel, discontinue or replace: requested, by the filler, and confirmed. The replacement is an order of its own (RO). */
const cancelling = ['CA', 'DC', 'OC', 'OD', 'CR', 'DR', 'RP', 'RQ', 'RU'];
/** The other controls that are known; each may only add what it tells. */
const changing = 'XO XR XX SC SR SS RE NA OK CN CH PA UX UR UH UA HD HR OH RL OR AF DF DE LI UN OF OE FU MC'.split(' ');
/** Those that tell the state of an order: with ORC-5 CA that it is cancelled. */
const telling = ['SC', 'XO', 'XX', 'SN', 'OK'];

/** Table 0038. Hold, error and replaced elsewhere are no state of ours. */
const statuses: Readonly<Record<string, Status>> = {
  '': null,
  SC: 'scheduled',
  IP: 'in-progress',
  A: 'in-progress',
  CM: 'completed',
  CA: 'discontinued',
  DC: 'discontinued',
  RP: 'discontinued',
  HD: null,
  ER: null,
};

/**
 * What the pair ORC-1 + ORC-5 means, both in capitals. An unknown pair changes nothing but what the message tells besides: an order is never dropped for a
 * code. `needsPatient`: an order that nobody could know of before.
 */
export function orderChangeOf(
  control: string,
  status: string,
): {
  readonly change: OrderChange;
  readonly status: Status;
  /** The field of ORC whose code is not known. */
  readonly unknown: 1 | 5 | null;
  readonly needsPatient: boolean;
} {
  const told = statuses[status];
  const unknown = told === undefined ? 5 : null;
  const rest = { status: told ?? null, unknown, needsPatient: false } as const;
  if (cancelling.includes(control)) return { ...rest, change: 'cancelled', status: null };
  if (status === 'CA' && telling.includes(control)) return { ...rest, change: 'cancelled', status: null };
  if (placing.includes(control)) return { ...rest, change: 'placed', needsPatient: true };
  if (reinstating.includes(control)) return { ...rest, change: 'placed' };
  if (changing.includes(control)) return { ...rest, change: 'changed' };
  return { ...rest, change: 'changed', status: null, unknown: 1 };
}
