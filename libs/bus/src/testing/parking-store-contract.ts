import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ParkedRecord, ParkingStore } from '../ports.ts';

/** The laws of `ParkingStore`, for every adapter. */
export function parkingStoreContract(
  name: string,
  factory: () => Promise<{ readonly store: ParkingStore; readonly dispose: () => Promise<void> }>,
): void {
  describe(`the parking store contract: ${name}`, () => {
    let store: ParkingStore;
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      ({ store, dispose } = await factory());
    });
    afterEach(() => dispose());

    test('keeps everything of a parked record, its bytes unchanged', async () => {
      const one = parked('projection', 'imaging', 2, 41, 'k1', { value: Uint8Array.from([0, 255, 10, 13, 128]) });
      await store.park(one);
      const [kept] = await store.list('projection');
      expect(plain(kept)).toEqual(plain(one));
    });

    test('parking the same record again changes nothing', async () => {
      const one = parked('g', 'imaging', 0, 1, 'k');
      await store.park(one);
      await store.park({ ...one, reason: 'another telling', parkedAt: one.parkedAt + 5_000 });
      const kept = await store.list('g');
      expect(kept.map(plain)).toEqual([plain(one)]);
    });

    test('the same offset of another group, topic or partition is another record', async () => {
      await store.park(parked('g', 'imaging', 0, 1, 'k'));
      await store.park(parked('g', 'imaging', 1, 1, 'k'));
      await store.park(parked('g', 'orders', 0, 1, 'k'));
      await store.park(parked('h', 'imaging', 0, 1, 'k'));
      expect(await store.list('g')).toHaveLength(3);
      expect(await store.list()).toHaveLength(4);
    });

    test('a parked key is blocked in its group only', async () => {
      await store.park(parked('g', 'imaging', 0, 1, 'k1'));
      await store.park(parked('g', 'imaging', 0, 2, 'k2'));
      await store.park(parked('g', 'imaging', 0, 3, 'k1'));
      expect([...(await store.blockedKeys('g'))].sort()).toEqual(['k1', 'k2']);
      expect([...(await store.blockedKeys('h'))]).toEqual([]);
    });

    test('release hands out the records of the key in the order of each partition and unblocks it', async () => {
      await store.park(parked('g', 'imaging', 0, 12, 'k1'));
      await store.park(parked('g', 'imaging', 0, 3, 'k1'));
      await store.park(parked('g', 'imaging', 0, 4, 'k2'));
      await store.park(parked('h', 'imaging', 0, 3, 'k1'));
      const released = await store.release('g', 'k1');
      expect(released.map(({ record }) => record.offset)).toEqual([3, 12]);
      expect([...(await store.blockedKeys('g'))]).toEqual(['k2']);
      expect((await store.list('g')).map(({ record }) => record.key)).toEqual(['k2']);
      expect(await store.list('h')).toHaveLength(1);
      expect(await store.release('g', 'k1')).toEqual([]);
    });

    test('parking at the same time from several sides loses nothing', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.park(parked('g', 'results', n % 3, n, `k${n % 4}`))),
      );
      expect(await store.list('g')).toHaveLength(20);
      expect((await store.blockedKeys('g')).size).toBe(4);
    });
  });
}

const parked = (
  group: string,
  topic: ParkedRecord['record']['topic'],
  partition: number,
  offset: number,
  key: string,
  more: { value?: Uint8Array } = {},
): ParkedRecord => ({
  group,
  record: {
    topic,
    partition,
    offset,
    key,
    value: more.value ?? Buffer.from(`value ${offset}`),
    headers: { traceparent: `00-${offset}` },
  },
  code: 'VRG_EVENT_UNDECODABLE',
  reason: 'an event does not match its schema',
  parkedAt: 1_790_000_000_000 + offset,
});

const plain = (each: ParkedRecord | undefined): unknown =>
  each && {
    ...each,
    record: {
      ...each.record,
      headers: { ...each.record.headers },
      value: Buffer.from(each.record.value).toString('hex'),
    },
  };
