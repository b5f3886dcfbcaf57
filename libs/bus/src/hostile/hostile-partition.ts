import type { Topic } from '@voorrang/contracts';
import { toVoorrangError, type VoorrangError } from '@voorrang/kernel';
import { ChangeSignal } from '../change-signal.ts';
import { type BatchHandler, type BusRecord, positionKey } from '../ports.ts';
import type { HostileLog } from './hostile-log.ts';

export type HostileMember = {
  readonly handler: BatchHandler;
  readonly maxBatch: number;
  readonly signal: AbortSignal;
  /** Where to begin when the partition is assigned to this member. */
  readonly start: () => Promise<number>;
  readonly onFailure: (error: VoorrangError | undefined) => void;
};

/** How often, per handed-over batch, each kind of trouble happens: 0 to 1. */
export type Hostility = {
  /** Another member takes the partition over and begins at an older position. */
  readonly takeover: number;
  /** Batches that were already handled come again. */
  readonly rewind: number;
  /** A member that lost the partition hands old records over once more, while the new one works. */
  readonly zombie: number;
  /** A publish is written twice. */
  readonly duplicatePublish: number;
};

/** Repetitions reach back this far at most, so that every log comes to its end. */
const farthestBack = 16;
const mostTakeovers = 6;

/**
 * One partition as one group reads it. Keeps the promised order and nothing more: batches are cut at random, come again after they were committed,
 * and a zombie repeats old ones beside the member in charge.
 */
export class HostilePartition {
  readonly changed = new ChangeSignal();
  readonly key: string;
  readonly #records: BusRecord[];
  readonly #log: HostileLog;
  readonly #group: string;
  readonly #random: () => number;
  readonly #hostility: Hostility;
  readonly #members: HostileMember[] = [];
  readonly #zombies = new Set<Promise<void>>();
  #position: number | undefined;
  #takeovers = 0;
  /** Everything below was handled by a member of now. */
  handled = -1;
  #running: Promise<void> | undefined;

  constructor(
    log: HostileLog,
    group: string,
    topic: Topic,
    partition: number,
    random: () => number,
    hostility: Hostility,
  ) {
    this.#log = log;
    this.#group = group;
    this.key = positionKey(topic, partition);
    this.#records = log.of(topic, partition);
    this.#random = random;
    this.#hostility = hostility;
  }

  get head(): number {
    return this.#records.length;
  }
  /** Nothing is left to hand over, not even a repetition. */
  get idle(): boolean {
    return this.#members.length === 0 || (this.#atHead && this.#zombies.size === 0);
  }
  get #atHead(): boolean {
    return this.head === 0 || (this.#position ?? -1) >= this.head;
  }

  join(member: HostileMember): void {
    this.#members.push(member);
    if (this.#members.length === 1) this.#unassign();
    this.wake();
  }

  /** Resolves when no handler of the member runs any more, zombies included. */
  async leave(member: HostileMember): Promise<void> {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    const wasInCharge = at === 0;
    this.#members.splice(at, 1);
    await this.#running;
    await Promise.all(this.#zombies);
    if (wasInCharge) this.#unassign();
    this.changed.notify();
    this.wake();
  }

  wake(): void {
    if (this.#running !== undefined || this.#members.length === 0 || this.#atHead) {
      this.changed.notify();
      return;
    }
    this.#running = this.#turn().finally(() => {
      this.#running = undefined;
      this.wake();
    });
  }

  #unassign(): void {
    this.#position = undefined;
    this.handled = -1;
  }

  /** One batch, after a random delay. */
  async #turn(): Promise<void> {
    await this.#delay();
    const [member] = this.#members;
    if (member === undefined || member.signal.aborted) return;
    try {
      this.#position ??= await member.start();
      const from = this.#position;
      const size = 1 + Math.floor(this.#random() * Math.min(member.maxBatch, 12));
      const batch = this.#records.slice(from, from + size);
      if (batch.length > 0) {
        if (this.#random() < this.#hostility.zombie) this.#raiseZombie(member, from, batch.length);
        await member.handler(batch, this.#context(member.signal));
      }
      member.onFailure(undefined);
      this.#moved(from + batch.length);
    } catch (thrown) {
      member.onFailure(toVoorrangError(thrown));
      await this.#delay(30);
    }
  }

  #moved(position: number): void {
    this.handled = Math.max(this.handled, position);
    this.#log.commit(this.#group, this.key, position);
    this.#position = position;
    if (this.#random() < this.#hostility.rewind) this.#position = this.#before(position);
    else if (this.#takeovers < mostTakeovers && this.#random() < this.#hostility.takeover) this.#takeOver();
  }

  /** The next member of the group, or the same one again, is assigned the partition and begins where it says. */
  #takeOver(): void {
    this.#takeovers += 1;
    this.#members.push(...this.#members.splice(0, 1));
    this.#position = undefined;
  }

  /** A member that does not know that it was replaced hands over what it had in hand, beside the one in charge: old records, and some of the same batch. */
  #raiseZombie(member: HostileMember, from: number, batch: number): void {
    const begin = this.#before(from);
    const end = from + Math.floor(this.#random() * (batch + 1));
    const old = this.#records.slice(begin, Math.min(end, begin + member.maxBatch));
    if (old.length === 0) return;
    const zombie = this.#delay()
      .then(() => member.handler(old, this.#context(new AbortController().signal)))
      .catch(() => undefined)
      .finally(() => {
        this.#zombies.delete(zombie);
        this.changed.notify();
      });
    this.#zombies.add(zombie);
  }

  /** A position up to `farthestBack` records earlier. */
  #before(position: number): number {
    return Math.max(0, position - Math.floor(this.#random() * farthestBack));
  }

  #context(signal: AbortSignal) {
    return { partitionKey: this.key, signal, heartbeat: () => this.#delay(3) };
  }

  /** A random number of turns of the event loop, so that partitions and groups interleave as the seed says. */
  async #delay(most = 6): Promise<void> {
    for (let turns = Math.floor(this.#random() * most); turns >= 0; turns -= 1)
      await new Promise((resolve) => setImmediate(resolve));
  }
}
