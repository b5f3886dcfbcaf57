import type { ParkingStore } from '@voorrang/bus';

/** Moves what a group parked from one store to another. Killed in between, a message is in both and the next start goes on. */
export async function moveParked(from: ParkingStore, to: ParkingStore, group: string): Promise<void> {
  for (const parked of await from.list(group)) await to.park(parked);
  // What came in since the list is in the answer of the release.
  for (const key of await from.blockedKeys(group))
    for (const parked of await from.release(group, key)) await to.park(parked);
}
