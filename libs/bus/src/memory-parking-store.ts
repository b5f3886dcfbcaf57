import type { ParkedRecord, ParkingStore } from './ports.ts';

/** A parking store for tests; it forgets with the process, so no product profile uses it. */
export function memoryParkingStore(): ParkingStore {
  const kept = new Map<string, ParkedRecord>();
  const inOrder = (some: readonly ParkedRecord[]): readonly ParkedRecord[] =>
    [...some].sort(
      (a, b) =>
        a.record.topic.localeCompare(b.record.topic) ||
        a.record.partition - b.record.partition ||
        a.record.offset - b.record.offset,
    );
  return {
    park: async (parked) => {
      const id = idOf(parked);
      if (!kept.has(id)) kept.set(id, parked);
    },
    blockedKeys: async (group) =>
      new Set([...kept.values()].filter((each) => each.group === group).map(({ record }) => record.key)),
    list: async (group) => inOrder([...kept.values()].filter((each) => group === undefined || each.group === group)),
    release: async (group, key) => {
      const released = inOrder([...kept.values()].filter((each) => each.group === group && each.record.key === key));
      for (const each of released) kept.delete(idOf(each));
      return released;
    },
  };
}

const idOf = ({ group, record }: ParkedRecord): string =>
  JSON.stringify([group, record.topic, record.partition, record.offset]);
