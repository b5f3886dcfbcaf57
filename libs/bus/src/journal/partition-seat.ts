import { ChangeSignal } from '../change-signal.ts';

/** Who reads a partition for a group: one member at a time, in the order in which they came. */
export type Member = { readonly position: number | undefined };

export class PartitionSeat {
  readonly changed = new ChangeSignal();
  #queue: Member[] = [];

  get holder(): Member | undefined {
    return this.#queue[0];
  }

  join(member: Member): void {
    this.#queue.push(member);
  }

  leave(member: Member): void {
    this.#queue = this.#queue.filter((other) => other !== member);
    this.changed.notify();
  }
}
