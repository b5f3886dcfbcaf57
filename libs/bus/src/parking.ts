import type { EpochMs, ErrorCode, VoorrangError } from '@voorrang/kernel';
import { type BusRecord, type ParkedRecord, type ParkingStore, positionKey } from './ports.ts';

/** Permanent errors that are about this process, not about the message: the message waits for a process that may handle it. */
const aboutUs: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'VRG_BUS_FENCED',
  'VRG_BUS_TOPIC_MISCONFIGURED',
  'VRG_CONFIG_INVALID',
  'VRG_JOURNAL_CORRUPT',
  'VRG_PROTOCOL_INVALID',
  'VRG_STORE_FENCED',
]);

/** Whether an error says that this very message can never be handled. */
export const parksFor = (error: VoorrangError): boolean => error.kind === 'permanent' && !aboutUs.has(error.code);

export const parkedOf = (group: string, record: BusRecord, error: VoorrangError, at: EpochMs): ParkedRecord => ({
  group,
  record,
  code: error.code,
  reason: error.message,
  parkedAt: at,
});

/**
 * Which records stand behind a parked one of their key. A record before it in the same partition does not, also when it comes again
 * after the later one was parked.
 */
export class BlockedKeys {
  readonly #parked = new Map<string, ParkedRecord>();
  /** Key to partition to the lowest parked offset. */
  readonly #lowest = new Map<string, Map<string, number>>();

  static async load(parking: ParkingStore, group: string): Promise<BlockedKeys> {
    const blocked = new BlockedKeys();
    if ((await parking.blockedKeys(group)).size === 0) return blocked;
    for (const parked of await parking.list(group)) blocked.add(parked);
    return blocked;
  }

  add(parked: ParkedRecord): void {
    const { record } = parked;
    const partition = positionKey(record.topic, record.partition);
    const ofKey = this.#lowest.get(record.key) ?? new Map<string, number>();
    this.#lowest.set(record.key, ofKey.set(partition, Math.min(record.offset, ofKey.get(partition) ?? record.offset)));
    this.#parked.set(placeOf(record), parked);
  }

  /** How this very record was parked, when it was. */
  parkedAs(record: BusRecord): ParkedRecord | undefined {
    return this.#parked.get(placeOf(record));
  }

  blocks(record: BusRecord): boolean {
    const ofKey = this.#lowest.get(record.key);
    if (ofKey === undefined) return false;
    const lowest = ofKey.get(positionKey(record.topic, record.partition));
    return lowest === undefined || lowest < record.offset;
  }
}

const placeOf = ({ topic, partition, offset }: BusRecord): string => `${positionKey(topic, partition)}/${offset}`;
